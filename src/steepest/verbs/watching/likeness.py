"""Which rule of ours makes the steps of another library's optimizer, so that theory can speak of its run."""

from typing import Any

__all__ = ["rule_like"]


def rule_like(method: dict[str, Any]) -> dict[str, Any] | None:
    """``{"name": "momentum", "learning_rate": ..., ...}``, as a recipe has it, for an optimizer as a recipe tells of
    it; None where there is no rule that makes the same steps."""
    makers = {"torch.optim.SGD": of_sgd, "torch.optim.Adam": of_adam, "torch.optim.AdamW": of_adam}
    maker = of_sklearn if method["name"].startswith("sklearn.") else makers.get(method["name"])
    found = None if maker is None or "learning_rate" not in method else maker(method)
    if found is None:
        return None
    found["learning_rate"] = method["learning_rate"]
    if method.get("weight_decay"):
        found["weight_decay"] = method["weight_decay"]
        if found["name"] != "adamw":
            found["decoupled"] = False
    return found


def of_sgd(method: dict[str, Any]) -> dict[str, Any] | None:
    momentum = method.get("momentum", 0.0)
    if not momentum:
        return {"name": "gradient_descent"}
    if method.get("dampening"):  # its first velocity is undamped
        return None
    if method.get("nesterov"):
        return {"name": "nesterov", "momentum": momentum}
    return {"name": "momentum", "momentum": momentum, "rate_outside": True}


def of_adam(method: dict[str, Any]) -> dict[str, Any] | None:
    if method.get("amsgrad"):
        return None
    beta1, beta2 = method["betas"]
    decoupled = method["name"].endswith("AdamW") or method.get("decoupled_weight_decay")
    return {"name": "adamw" if decoupled else "adam", "beta1": beta1, "beta2": beta2, "epsilon": method["eps"]}


def of_sklearn(method: dict[str, Any]) -> dict[str, Any] | None:
    """Single-example descent, its l2 penalty a part of the objective; its l1 penalty truncates steps."""
    plain = method.get("penalty") in (None, "l2") and not method.get("average")
    return {"name": "gradient_descent"} if plain else None
