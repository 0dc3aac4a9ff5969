/* What the Content-Security-Policy asks for: no styles put into the page by htmx, no code in attributes of ours. */
"use strict";
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;

document.addEventListener("focusin", (event) => {
  if (event.target.matches("input[data-select]")) event.target.select();
});

/* Django's filter boxes name their help, which only elements with a role may have. */
addEventListener("load", () => setTimeout(() => {
  document.querySelectorAll("span.help-tooltip[aria-label]").forEach((help) => help.setAttribute("role", "img"));
}));
