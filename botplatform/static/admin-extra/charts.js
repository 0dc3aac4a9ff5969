/* Draws the charts of a page from the data that stands in it, and again when the data is exchanged or the theme changes. */
(function () {
  "use strict";

  const drawn = new Map(); // canvas → chart
  const root = document.documentElement;
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const series = (number) => colour(`--chart-${((number - 1) % 8) + 1}`);

  function short(value) {
    for (const [size, unit] of [[1e9, " bn"], [1e6, " m"], [1e3, " k"]]) if (Math.abs(value) >= size) return Number((value / size).toPrecision(3)) + unit;
    return String(Number(value.toPrecision(3)));
  }
  function duration(ms) {
    if (ms < 1000) return `${Math.round(ms)} ms`;
    if (ms < 120000) return `${Number((ms / 1000).toPrecision(3))} s`;
    return ms < 7200000 ? `${Number((ms / 60000).toPrecision(3))} min` : `${Number((ms / 3600000).toPrecision(3))} h`;
  }
  const WRITE = {
    count: short,
    tokens: short,
    ms: duration,
    share: (value) => `${Number((value * 100).toPrecision(3))} %`,
    usd: (value) => `$${value > 0 && value < 0.1 ? value.toFixed(4) : value.toFixed(2)}`,
  };

  function dataset(one) {
    const ink = series(one.colour);
    const common = { label: one.name, data: one.values, unit: one.unit, yAxisID: one.right ? "right" : "left", backgroundColor: ink, borderColor: ink };
    if (one.form === "bar") return { ...common, type: "bar", order: 2, borderRadius: 2, maxBarThickness: 40 };
    const shape = { type: "line", order: 1, borderWidth: 2, pointRadius: 0, pointHitRadius: 8, cubicInterpolationMode: "monotone", spanGaps: false };
    if (one.form === "point") return { ...common, ...shape, showLine: false, pointRadius: 5, pointStyle: "rectRot" };
    return { ...common, ...shape, pointRadius: (point) => (alone(one.values, point.dataIndex) ? 3 : 0) };
  }

  // A value between gaps has no line to be seen by.
  const known = (value) => value !== null && value !== undefined;
  const alone = (values, index) => known(values[index]) && !known(values[index - 1]) && !known(values[index + 1]);

  function axis(chart, right) {
    const own = chart.series.filter((one) => one.right === right);
    const unit = own.length ? own[0].unit : "count";
    const text = colour("--chart-text");
    return {
      display: own.length > 0,
      position: right ? "right" : "left",
      beginAtZero: true,
      stacked: chart.stacked,
      suggestedMax: unit === "share" ? 1 : undefined,
      border: { display: false },
      grid: { color: colour("--chart-grid"), drawOnChartArea: !right },
      ticks: { color: text, maxTicksLimit: 5, precision: unit === "count" ? 0 : undefined, callback: (value) => WRITE[unit](value) },
    };
  }

  function options(chart) {
    const text = colour("--chart-text");
    return {
      responsive: true,
      maintainAspectRatio: false,
      animation: false,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { stacked: chart.stacked, border: { display: false }, grid: { display: false }, ticks: { color: text, maxRotation: 0, autoSkipPadding: 16 } },
        left: axis(chart, false),
        right: axis(chart, true),
      },
      plugins: {
        legend: { display: chart.series.length > 1, position: "bottom", labels: { color: text, boxWidth: 10, boxHeight: 10, usePointStyle: true } },
        tooltip: { callbacks: { label: (item) => ` ${item.dataset.label}: ${item.raw === null ? "–" : WRITE[item.dataset.unit](item.raw)}` } },
      },
    };
  }

  function draw() {
    const data = document.getElementById("home-data");
    for (const [canvas, chart] of drawn) {
      chart.destroy();
      drawn.delete(canvas);
    }
    if (!data || !window.Chart) return;
    for (const chart of JSON.parse(data.textContent)) {
      const canvas = document.getElementById(`chart-${chart.name}`);
      if (canvas) drawn.set(canvas, new window.Chart(canvas, { data: { labels: chart.labels, datasets: chart.series.map(dataset) }, options: options(chart) }));
    }
  }

  function start() {
    draw();
    let dark = root.classList.contains("dark");
    new MutationObserver(() => {
      if (root.classList.contains("dark") !== dark) {
        dark = !dark;
        draw();
      }
    }).observe(root, { attributes: true, attributeFilter: ["class"] });
    // Not before: while it settles, htmx puts the attributes of canvases back, which empties them.
    document.body.addEventListener("htmx:afterSettle", (event) => event.detail.target.querySelector("#home-data") && draw());
    for (const form of document.querySelectorAll("form[data-sends-itself]")) {
      form.querySelector("button").hidden = true;
      form.addEventListener("change", () => form.submit());
    }
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
