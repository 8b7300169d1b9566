"""The lab: gradient descent under the hand, in a browser on this machine. Python computes, the page draws."""
