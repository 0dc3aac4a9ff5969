/* "/" leads to the search box, unless somebody is typing. */
(function () {
  "use strict";

  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing) return;
    const boxes = Array.from(document.querySelectorAll("[data-search]"));
    const box = boxes.find((one) => one.offsetParent !== null && one.getBoundingClientRect().left >= 0);
    if (box) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (boxes.length) {
      event.preventDefault();
      window.location.assign(boxes[0].form.action);
    }
  });
})();
