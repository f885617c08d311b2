// Small manners of every page: copying, times in the reader's zone, the search key, menus that close, one press a form.
document.documentElement.classList.add("js");

const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function writeTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const when = new Date(time.dateTime);
    if (!Number.isNaN(when.getTime())) time.title = local.format(when);
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select and copy it yourself";
    }
    setTimeout(() => { button.textContent = label; }, 1500);
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  }
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector("[data-key='/']");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

// What costs or changes something is sent once, however often the button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 3000);
});

// A part of a page that could not be had says so, above the page; live parts try again by themselves.
function say(title, sentence) {
  const notice = document.getElementById("failure") || document.createElement("div");
  notice.id = "failure";
  notice.className = "notice trouble";
  notice.setAttribute("role", "alert");
  notice.textContent = [title, sentence].filter(Boolean).join(". ");
  document.getElementById("main").prepend(notice);
}

document.addEventListener("htmx:responseError", (event) => {
  if (event.target.closest("[data-live]")) return;
  const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  say(page.querySelector("h1")?.textContent || "The server did not answer this", page.querySelector("main p")?.textContent || "Load the page again");
});
document.addEventListener("htmx:sendError", (event) => {
  if (!event.target.closest("[data-live]")) say("The server cannot be reached", "Check the connection, then try again");
});
document.addEventListener("htmx:afterSwap", () => document.getElementById("failure")?.remove());

document.addEventListener("htmx:load", (event) => writeTimes(event.target));
document.addEventListener("DOMContentLoaded", () => writeTimes(document));
