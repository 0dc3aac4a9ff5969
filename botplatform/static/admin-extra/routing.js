/* The accuracy of judged routes over time: a line over the number of verdicts. */
(() => {
    "use strict";
    const canvas = document.getElementById("routing-chart");
    const data = document.getElementById("routing-accuracy");
    if (!canvas || !data || typeof Chart === "undefined") return;
    const { labels, accuracy, judged } = JSON.parse(data.textContent);
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const text = colour("--faint"), grid = colour("--line");
    const axis = (title, more) => ({ beginAtZero: true, title: { display: true, text: title, color: text }, ticks: { color: text, precision: 0 }, ...more });
    new Chart(canvas, {
        data: {
            labels,
            datasets: [
                { type: "line", label: "right, in percent", data: accuracy, yAxisID: "share", borderColor: colour("--color-primary-500"), backgroundColor: colour("--color-primary-500"), borderWidth: 2, pointRadius: 3, tension: 0.2 },
                { type: "bar", label: "judged", data: judged, yAxisID: "count", backgroundColor: grid, maxBarThickness: 28 },
            ],
        },
        options: {
            animation: false, maintainAspectRatio: false, interaction: { mode: "index", intersect: false },
            plugins: { legend: { labels: { color: text } } },
            scales: {
                x: { ticks: { color: text, maxRotation: 0, autoSkip: true }, grid: { display: false } },
                share: axis("right, %", { max: 100, grid: { color: grid } }),
                count: axis("judged", { position: "right", grid: { display: false } }),
            },
        },
    });
})();
