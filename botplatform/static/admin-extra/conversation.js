// A conversation's page: the newest line stays in sight, Ctrl+Enter sends, nothing is sent twice.
"use strict";

(() => {
    const scroll = document.getElementById("talk-scroll");
    const form = document.querySelector(".talk-write");
    const NEAR = 80;

    if (scroll) {
        const toEnd = () => { scroll.scrollTop = scroll.scrollHeight; };
        let atEnd = true;
        let height = 0;
        if (document.getElementById("talk-lines")) {
            toEnd();
        }
        document.body.addEventListener("htmx:beforeSwap", () => {
            atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
            height = scroll.scrollHeight;
        });
        document.body.addEventListener("htmx:afterSwap", (event) => {
            if (event.detail.target && event.detail.target.id === "earlier") {
                scroll.scrollTop += scroll.scrollHeight - height;
            } else if (atEnd) {
                toEnd();
            }
        });
    }

    if (form) {
        form.addEventListener("keydown", (event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
                event.preventDefault();
                form.requestSubmit();
            }
        });
        form.addEventListener("submit", (event) => {
            if (form.dataset.sent) {
                event.preventDefault();
                return;
            }
            form.dataset.sent = "yes";
        });
        window.addEventListener("pageshow", () => { delete form.dataset.sent; });
    }
})();
