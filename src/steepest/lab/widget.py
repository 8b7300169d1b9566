"""The lab as a notebook's widget: the same page in a frame, whose Python is the notebook's own kernel; no server."""

from typing import Any

import anywidget
import traitlets

from .frame import front_end
from .held import Opening
from .relay import Relay

__all__ = ["LabWidget"]

HEIGHT = 760


class LabWidget(anywidget.AnyWidget):
    """Shows ``opening``, or what the lab begins with, in the cell that has it as its value.

    ``height`` is that of the frame in pixels; it may be set at any time. ``close()`` takes the widget away and ends
    what works for it.
    """

    _esm = front_end()
    height = traitlets.Int(HEIGHT, min=200, max=10_000).tag(sync=True)

    def __init__(self, opening: Opening | None = None, height: int = HEIGHT) -> None:
        super().__init__(height=height)
        self.relay = Relay(self.send, opening)
        self.on_msg(self._received)

    def _received(self, _: Any, content: Any, buffers: list[Any]) -> None:
        self.relay.take(content, buffers)

    def close(self) -> None:
        if hasattr(self, "relay"):
            self.relay.close()
        super().close()
