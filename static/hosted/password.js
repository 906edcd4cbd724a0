// A button that shows what was typed into a password field, and ticks at the rules that it meets.
// The page works without either.
"use strict";

for (const input of document.querySelectorAll("input[type=password]")) {
  const field = input.parentElement;
  const toggle = document.createElement("button");
  toggle.type = "button";
  toggle.className = "toggle";
  toggle.setAttribute("aria-controls", input.id);
  toggle.innerHTML =
    '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" aria-hidden="true"><path d="M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5S2.5 12 2.5 12Z"/><circle cx="12" cy="12" r="2.8"/><path class="slash" d="m4 4 16 16"/></svg>';
  const slash = toggle.querySelector(".slash");

  const show = (visible) => {
    const words = visible ? field.dataset.hide : field.dataset.show;
    input.type = visible ? "text" : "password";
    slash.style.display = visible ? "" : "none";
    toggle.setAttribute("aria-label", words);
    toggle.title = words;
  };

  show(false);
  toggle.addEventListener("click", () => show(input.type === "password"));
  // A visible password must not be kept by the browser as ordinary form text.
  input.form.addEventListener("submit", () => show(false));
  const rules = input.closest(".field").querySelectorAll("[data-least], [data-any-of]");
  input.addEventListener("input", () => {
    const typed = [...input.value];
    for (const rule of rules) {
      const { least = 0, anyOf } = rule.dataset;
      const isMet = typed.length >= Number(least) && (!anyOf || typed.some((c) => anyOf.includes(c)));
      rule.classList.toggle("is-met", isMet);
      rule.classList.toggle("is-unmet", !isMet && typed.length > 0);
    }
  });
  field.classList.add("has-toggle");
  input.after(toggle);
}
