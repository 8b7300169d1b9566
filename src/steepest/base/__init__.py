"""What every layer stands on: errors, fields of hyper-parameters, boxes, discovery, and how numbers are written."""
