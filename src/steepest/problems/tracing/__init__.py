"""Exact gradients of ordinary Python functions: a copy that calls jax.numpy in place of numpy is traced by JAX."""
