(function () {
  var charts = Array.prototype.slice.call(document.querySelectorAll(".chart")), drawn = 0;
  function put(target, path, value) {
    var keys = path.split(/[.\[\]]+/).filter(Boolean), last = keys.pop();
    keys.forEach(function (key) { target = target[key]; });
    if (target) { target[last] = value; }
  }
  function library() {  // read only when the first chart comes into view: until then the page shows still pictures
    var source = document.getElementById("plotly");
    if (!window.Plotly) {
      var script = document.createElement("script");
      script.textContent = source.textContent;
      document.body.appendChild(script);
    }
    return window.Plotly;
  }
  function draw(box) {
    var spec = JSON.parse(box.querySelector("script").textContent), narrow = box.clientWidth < 520;
    var layout = spec.layout, changes = (layout.meta && layout.meta.narrow) || {};
    if (narrow) { Object.keys(changes).forEach(function (path) { put(layout, path, changes[path]); }); }
    var place = box.querySelector(".drawn");
    if (!place) { place = document.createElement("div"); place.className = "drawn"; box.appendChild(place); }
    box.dataset.narrow = String(narrow);
    box.classList.add("live");
    return library().newPlot(place, spec.data, layout, { responsive: true, displayModeBar: false });
  }
  function count() { document.body.setAttribute("data-charts-drawn", String(++drawn)); }
  var near = new IntersectionObserver(function (seen) {
    seen.forEach(function (one) {
      if (one.isIntersecting) { near.unobserve(one.target); draw(one.target).then(count, count); }
    });
  }, { rootMargin: "100px 0px" });
  charts.forEach(function (box) { near.observe(box); });
  var waiting;
  window.addEventListener("resize", function () {
    clearTimeout(waiting);
    waiting = setTimeout(function () {
      charts.forEach(function (box) {
        if (box.dataset.narrow && String(box.clientWidth < 520) !== box.dataset.narrow) { draw(box); }
      });
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
      var box = one.target.closest(".scroll"), scrolls = box.scrollWidth > box.clientWidth;
      if (scrolls) { box.tabIndex = 0; } else { box.removeAttribute("tabindex"); }
      box.setAttribute("role", scrolls ? "region" : "group");
    });
  });
  document.querySelectorAll(".scroll, .scroll > table").forEach(function (box) { wide.observe(box); });
  var folded = [];
  window.addEventListener("beforeprint", function () {
    folded = Array.prototype.slice.call(document.querySelectorAll("details.numbers:not([open])"));
    folded.forEach(function (one) { one.open = true; });
  });
  window.addEventListener("afterprint", function () { folded.forEach(function (one) { one.open = false; }); });
})();
