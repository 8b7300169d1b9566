"""The compiled engine: fused loops over the rows of a linear model, any rule and loss, many runs at once."""
