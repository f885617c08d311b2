// Live parts: one stream a tab says that something has changed. Until it speaks, and where none can be had, the part is
// asked for every two seconds. A tab that nobody sees follows nothing.
let followed = "", stream, polling, missed, opened = [];

function refresh(mark) {
  const part = document.querySelector("[data-live]");
  if (!part || part.dataset.mark === mark) return;
  if (part.classList.contains("htmx-request")) missed = { mark };
  else htmx.trigger(part, "changed");
}

function poll() {
  polling ??= setInterval(() => refresh(), 2000);
}

function follow() {
  const path = (!document.hidden && document.querySelector("[data-live]")?.dataset.live) || "";
  if (path === followed) return;
  followed = path;
  stream?.close();
  clearInterval(polling);
  stream = polling = missed = undefined;
  if (!path) return;
  poll();
  stream = new EventSource(path);
  stream.onmessage = (event) => {
    clearInterval(polling);
    polling = undefined;
    refresh(event.data);
  };
  stream.onerror = () => { if (followed) poll(); };
}

// What a person has opened stays open.
document.addEventListener("htmx:beforeSwap", (event) => {
  opened = [...event.detail.target.querySelectorAll("details[id][open]")].map((one) => one.id);
});
document.addEventListener("htmx:load", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  follow();
  const { mark } = missed ?? {};
  if (missed) {
    missed = undefined;
    refresh(mark);
  }
});
document.addEventListener("visibilitychange", follow);
