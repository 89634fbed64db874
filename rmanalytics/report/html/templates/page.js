(function () {
  var charts = Array.prototype.slice.call(document.querySelectorAll(".chart"));
  function put(target, path, value) {
    var keys = path.split(/[.\[\]]+/).filter(Boolean), last = keys.pop();
    keys.forEach(function (key) { target = target[key]; });
    if (target) { target[last] = value; }
  }
  function draw(box) {
    var spec = JSON.parse(box.querySelector("script").textContent), narrow = box.clientWidth < 520;
    var layout = spec.layout, changes = (layout.meta && layout.meta.narrow) || {};
    if (narrow) { Object.keys(changes).forEach(function (path) { put(layout, path, changes[path]); }); }
    var place = box.querySelector(".drawn");
    if (!place) { place = document.createElement("div"); place.className = "drawn"; box.appendChild(place); }
    box.dataset.narrow = String(narrow);
    return Plotly.newPlot(place, spec.data, layout, { responsive: true, displayModeBar: false });
  }
  function count() {
    document.body.setAttribute("data-charts-drawn", String(document.querySelectorAll(".chart .main-svg").length ? charts.filter(function (box) { return box.querySelector(".main-svg"); }).length : 0));
  }
  Promise.all(charts.map(draw)).then(count, count);
  var waiting;
  window.addEventListener("resize", function () {
    clearTimeout(waiting);
    waiting = setTimeout(function () {
      charts.forEach(function (box) { if (String(box.clientWidth < 520) !== box.dataset.narrow) { draw(box); } });
    }, 150);
  });
  var links = Array.prototype.slice.call(document.querySelectorAll(".contents a"));
  function mark() {
    var current = links[0];
    links.forEach(function (link) {
      var there = document.getElementById(link.getAttribute("href").slice(1));
      if (there && there.getBoundingClientRect().top < 140) { current = link; }
    });
    links.forEach(function (link) { link.classList.toggle("on", link === current); });
  }
  window.addEventListener("scroll", mark, { passive: true });
  mark();
  var wide = new ResizeObserver(function (seen) {  // a table that scrolls is reached by the keyboard, no other is
    seen.forEach(function (one) {
      if (one.target.scrollWidth > one.target.clientWidth) { one.target.tabIndex = 0; }
      else { one.target.removeAttribute("tabindex"); }
    });
  });
  document.querySelectorAll(".scroll").forEach(function (box) { wide.observe(box); });
})();
