"""A notebook without a notebook: comms that a test holds the other end of, and a bridge from one to a real browser."""

import itertools
import json
import queue
import threading

from comm.base_comm import BaseComm
from websockets.sync.server import serve


class HeldComm(BaseComm):
    """A comm whose messages go to ``hear(content, buffers)``; those of its own (opening, traits) are left out."""

    hear = None

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        if (data or {}).get("method") == "custom" and self.hear is not None:
            self.hear(data["content"], [bytes(buffer) for buffer in buffers or []])

    def say(self, content, buffers=()):
        """A message of the front end."""
        data = {"method": "custom", "content": content}
        self.handle_msg({"content": {"data": data}, "buffers": [memoryview(buffer) for buffer in buffers]})


class Cell:
    """One page of a widget, spoken to in messages. It reads what it hears at once unless ``reads`` is taken away."""

    names = (f"view-{k}" for k in itertools.count())

    def __init__(self, widget, opens=True, reads=True):
        self.comm, self.view, self.reads = widget.comm, next(self.names), reads
        self.heard = queue.Queue()
        others = self.comm.hear or (lambda content, buffers: None)

        def hear(content, buffers):
            if content.get("view") != self.view:
                others(content, buffers)
            else:
                self.heard.put((content, buffers))
                if self.reads and content.get("text"):
                    self.say("read")

        self.comm.hear = hear
        if opens:
            self.say("open", scheme="dark")
            content, (text,) = self.hears()
            assert content == {"page": True, "view": self.view}
            self.page = text.decode()

    def say(self, do, *buffers, **given):
        self.comm.say({"do": do, "view": self.view, **given}, buffers)

    def hears(self):
        return self.heard.get(timeout=60)

    def text(self):
        """The next text of the lab's own protocol, as an object."""
        content, (text,) = self.hears()
        assert content == {"text": True, "view": self.view}
        return json.loads(text)

    def ask(self, id, name, **arguments):
        """The answer to one request, whatever comes before it."""
        self.say("ask", text=json.dumps({"id": id, "ask": name, **arguments}))
        while "progress" in (answer := self.text()) or answer["id"] != id:
            pass
        return answer

    def call(self, do, *buffers, **given):
        """What a call about files is answered."""
        self.say(do, *buffers, reply=7, **given)
        content, pieces = self.hears()
        assert (content.pop("reply"), content.pop("view")) == (7, self.view)
        return content, b"".join(pieces)


class Bridge:
    """Carries the messages of widgets to pages in a browser, over WebSockets of this machine: ``/0`` is the first."""

    def __init__(self):
        self.widgets = []
        self.deaf = False
        """Whether what pages say is lost, as in a kernel that is busy or was restarted."""
        self._server = serve(self._carry, "127.0.0.1", 0, max_size=None, compression=None)
        self.port = self._server.socket.getsockname()[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _carry(self, socket):
        comm = self.widgets[int(socket.request.path[1:])].comm
        lock = threading.Lock()

        def hear(content, buffers):
            with lock:
                socket.send(json.dumps({"content": content, "buffers": len(buffers)}))
                for buffer in buffers:
                    socket.send(buffer)

        comm.hear = hear
        for text in socket:
            head = json.loads(text)
            buffers = [socket.recv() for _ in range(head["buffers"])]
            if not self.deaf:
                comm.say(head["content"], buffers)

    def close(self):
        self._server.shutdown()


MODEL = """
window.model = (port, index) => {
  const ears = new Map(), socket = new WebSocket(`ws://127.0.0.1:${port}/${index}`), early = [];
  socket.binaryType = "arraybuffer";
  let head = null, buffers = [];
  const tell = (event, ...given) => [...(ears.get(event) ?? [])].forEach((act) => act(...given));
  const whole = () => {
    if (buffers.length < head.buffers) return;
    const { content } = head;
    head = null;
    tell("msg:custom", content, buffers.splice(0));
  };
  socket.onmessage = ({ data }) => {
    if (head === null) head = JSON.parse(data); else buffers.push(new DataView(data));
    whole();
  };
  const model = {
    closed: false, tell,
    get: (name) => ({ height: 700 })[name],
    on: (event, act) => ears.set(event, [...(ears.get(event) ?? []), act]),
    off: (event, act) => ears.set(event, (ears.get(event) ?? []).filter((other) => other !== act)),
    send: (content, callbacks, buffers = []) => {
      if (model.closed) throw new Error("the comm is closed");
      socket.send(JSON.stringify({ content, buffers: buffers.length }));
      for (const buffer of buffers) socket.send(buffer);
    },
  };
  return new Promise((resolve) => (socket.onopen = () => resolve(model)));
};
window.show = async (esm, port, index) => {
  const { default: widget } = await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })));
  const el = document.createElement("div"), model = await window.model(port, index);
  document.body.append(el);
  (window.cells ??= []).push({ el, model, clean: widget.render({ model, el }) });
};
"""
"""What a notebook gives a widget's front end, as far as this one uses it."""
