"""WHY it happened: curvature, stability, and the learning rates and sentences that follow from them."""
