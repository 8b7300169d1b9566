"""The JAX engine: traceable objectives, any rule, many rows in one compiled loop, in float64, on a processor or GPU."""
