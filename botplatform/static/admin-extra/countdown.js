// Moments that come nearer: <time data-until="2030-01-01T00:00:00+00:00"> says how soon, second by second.
"use strict";

(() => {
    const UNITS = [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]];

    const distance = (seconds) => {
        for (const [size, unit, smaller, smallerUnit] of UNITS) {
            if (seconds >= size) {
                return `${Math.floor(seconds / size)} ${unit} ${Math.floor((seconds % size) / smaller)} ${smallerUnit}`;
            }
        }
        return `${seconds} s`;
    };
    const tick = () => {
        for (const time of document.querySelectorAll("time[data-until]")) {
            const left = Math.floor((Date.parse(time.dataset.until) - Date.now()) / 1000);
            const said = left > 0 ? `in ${distance(left)}` : "now: nobody decided in time";
            if (time.textContent !== said) {
                time.textContent = said;
            }
            time.classList.toggle("urgent", left < 60);
        }
    };
    tick();
    setInterval(tick, 1000);
})();
