// A button that shows what was typed into a password field. The page works without it.
"use strict";

for (const input of document.querySelectorAll("input[type=password]")) {
  const toggle = document.createElement("button");
  toggle.type = "button";
  toggle.className = "toggle";
  toggle.setAttribute("aria-controls", input.id);

  const show = (visible) => {
    input.type = visible ? "text" : "password";
    toggle.textContent = visible ? "Hide" : "Show";
    toggle.setAttribute("aria-label", visible ? "Hide password" : "Show password");
  };

  show(false);
  toggle.addEventListener("click", () => show(input.type === "password"));
  // A visible password must not be kept by the browser as ordinary form text.
  input.form.addEventListener("submit", () => show(false));
  input.parentElement.classList.add("has-toggle");
  input.after(toggle);
}
