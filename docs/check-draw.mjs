// Draws a lot again, and repeats its test: node check-draw.mjs LIST DRAW PRIVATE_LIST [PRIVATE_DRAW SCORES.csv SIDE]
// SCORES.csv: lot,pre,post. Nothing but this file and node is needed. Whole numbers throughout, so it is bit by bit the same.
import { createHash } from "node:crypto"; import { readFileSync } from "node:fs";
const [list, draw, people, bank, scores, one] = process.argv.slice(2);
const read = (f) => JSON.parse(readFileSync(f, "utf8")), L = read(list), D = read(draw), P = read(people);
const order = (side, step, a, lots) => lots.map((l) => [createHash("sha256").update(`${D.content.seed}|${side}|${step}|${a}|${l}`).digest("hex"), l])
  .sort((x, y) => (x[0] < y[0] ? -1 : 1)).map((x) => x[1]);
const choose = (n, k) => { let c = 1n; for (let i = 1n; i <= k; i++) c = (c * (n - k + i)) / i; return c; };
function alike(halves, X, lots) {
  const n = BigInt(X.length), p = X[0].length, S = [...Array(p).keys()].map((j) => X.reduce((s, r) => s + r[j], 0n)), kept = []; let before = 1n;
  let T = S.map((si, i) => [...S.map((sj, j) => n * X.reduce((s, r) => s + r[i] * r[j], 0n) - si * sj), ...S.map((_, j) => BigInt(i === j))]);
  for (let k = 0; k < p; k++) { const o = T[k], v = o[k]; if (v === 0n) continue;
    T = T.map((r, i) => (i === k ? r : r.map((a, c) => (v * a - r[k] * o[c]) / before))); before = v; kept.push(k); }
  const at = new Map(lots.map((l, i) => [l, X[i]]));
  const M = halves.map((h) => { const d = kept.map((j) => 2n * h.reduce((s, l) => s + at.get(l)[j], 0n) - S[j]);
    return d.reduce((s, di, a) => s + di * d.reduce((t, dj, b) => t + dj * T[kept[a]][p + kept[b]], 0n), 0n); });
  const different = choose(n, n / 2n) / 2n, least = Number((10000000n + different - 1n) / different);
  const limit = [...M].sort((x, y) => (x < y ? -1 : 1))[Math.max(100, least) - 1]; return halves[M.findIndex((m) => m <= limit)]; }
for (const [side, rows] of Object.entries(P)) {
  const z = L.content.sides[side], g = new Map(rows.filter((r) => r.certain).map((r) => [r.lot, "certain"])), fact = new Map(rows.map((r) => [r.lot, r.facts.map(BigInt)]));
  const left = () => [...fact.keys()].sort((a, b) => a - b).filter((l) => !g.has(l)), put = (lots, w) => lots.forEach((l) => g.set(l, w));
  put(order(side, "reserve", 0, left()).slice(0, z.reserve), "reserve"); const c = z.wait + z.not_drawn, h = Math.min(z.start, c);
  put(order(side, "surplus", 0, left()).slice(0, left().length - 2 * h), z.start > c ? "start" : "not_drawn"); const lots = left();
  let half = order(side, "halve", 0, lots).slice(0, h);
  if (h >= 8 && h <= 150) half = alike([...Array(10000).keys()].map((a) => order(side, "halve", a, lots).slice(0, h)), lots.map((l) => fact.get(l)), lots);
  const first = order(side, "start", 0, [0, 1])[0] === 0; lots.forEach((l) => g.set(l, half.includes(l) === first ? "start" : "not_drawn"));
  put(order(side, "wait", 0, [...g].filter((x) => x[1] === "not_drawn").map((x) => x[0]).sort((a, b) => a - b)).slice(0, z.wait), "wait");
  const told = Object.entries(D.content.groups[side]).flatMap(([w, t]) => t.split(" ").map((l) => [Number(l), w]));
  console.log(side, told.length === g.size && told.every(([l, w]) => g.get(l) === w) ? "equal" : "NOT EQUAL"); }
if (scores) { // the redraw test of one scale: t of ANCOVA with HC3 errors, as drawn and in every redraw
  const rows = readFileSync(scores, "utf8").trim().split("\n").slice(1).map((r) => r.split(",").map(Number)), B = D.content.redraws_n, kept = read(bank).redraws[one];
  const starts = new Set(D.content.groups[one].start.split(" ").map(Number)), n = rows.length, mean = (v) => v.reduce((a, b) => a + b, 0) / n;
  const x = rows.map((r) => r[1]), xm = mean(x), xc = x.map((v) => v - xm), q = xc.reduce((s, v) => s + v * v, 0);
  const rest = (v) => { const m = mean(v), b = xc.reduce((s, u, i) => s + u * v[i], 0) / q; return v.map((u, i) => u - m - b * xc[i]); }, y = rest(rows.map((r) => r[2]));
  const t = (z) => { const w = rest(z), s = w.reduce((a, b) => a + b * b, 0), a = w.reduce((c, b, i) => c + b * y[i], 0) / s;
    return a / Math.sqrt(w.reduce((c, b, i) => c + ((b / s / (1 - 1 / n - xc[i] ** 2 / q - b * b / s)) * (y[i] - a * b)) ** 2, 0)); };
  const seen = Math.abs(t(rows.map((r) => +starts.has(r[0])))); let beyond = 0;
  for (let b = 0; b < B; b++) beyond += Math.abs(t(rows.map((r) => (parseInt(kept[r[0]][b >> 2], 16) >> (3 - (b & 3))) & 1))) >= seen * (1 - 1e-12);
  console.log("p", `${1 + beyond}/${1 + B}`); }
