// Draws a lot again, and repeats its test: node check-draw.mjs LIST DRAW PRIVATE_LIST [PRIVATE_DRAW SCORES.csv SIDE]; SCORES.csv: lot,pre,post
// Nothing but this file and node is needed. The lot is in whole numbers throughout, so it is bit by bit the same.
import { createHash } from "node:crypto"; import { readFileSync } from "node:fs";
const [list, draw, people, bank, scores, one] = process.argv.slice(2), read = (f) => JSON.parse(readFileSync(f, "utf8")), L = read(list), D = read(draw), P = read(people);
const hash = (text) => createHash("sha256").update(text).digest("hex"), sum = (v, f) => v.reduce((s, x, i) => s + f(x, i), 0n), choose = (n, k) => (k ? (choose(n, k - 1n) * (n - k + 1n)) / k : 1n);
const order = (side, step, a, lots) => lots.map((l) => [hash(`${D.content.seed}|${side}|${step}|${a}|${l}`), l]).sort((x, y) => (x[0] < y[0] ? -1 : 1)).map((x) => x[1]);
function alike(halves, X, lots) { // the first halving whose Mahalanobis distance is among the smallest; the inverse by whole-number elimination
  const n = BigInt(X.length), p = X[0].length, S = X[0].map((_, j) => sum(X, (r) => r[j])), kept = [], at = new Map(lots.map((l, i) => [l, X[i]])); let before = 1n;
  let T = S.map((si, i) => [...S.map((sj, j) => n * sum(X, (r) => r[i] * r[j]) - si * sj), ...S.map((_, j) => BigInt(i === j))]);
  for (let k = 0; k < p; k++) { const o = T[k], v = o[k]; if (v === 0n) continue; // a redundant fact
    T = T.map((r, i) => (i === k ? r : r.map((a, c) => (v * a - r[k] * o[c]) / before))); before = v; kept.push(k); }
  const apart = (d) => sum(d, (di, a) => di * sum(d, (dj, b) => dj * T[kept[a]][p + kept[b]])), M = halves.map((h) => apart(kept.map((j) => 2n * sum(h, (l) => at.get(l)[j]) - S[j])));
  const different = choose(n, n / 2n) / 2n, least = Number((10000000n + different - 1n) / different), limit = [...M].sort((x, y) => (x < y ? -1 : 1))[Math.max(100, least) - 1];
  return halves[M.findIndex((m) => m <= limit)]; }
for (const [side, rows] of Object.entries(P)) { if (rows.some((r) => !r.facts)) { console.log(side, "not drawn again: somebody was erased since"); continue; }
  const z = L.content.sides[side], g = new Map(rows.filter((r) => r.certain).map((r) => [r.lot, "certain"])), fact = new Map(rows.map((r) => [r.lot, r.facts.map(BigInt)]));
  const left = () => [...fact.keys()].sort((a, b) => a - b).filter((l) => !g.has(l)), put = (lots, w) => lots.forEach((l) => g.set(l, w)), c = z.wait + z.not_drawn, h = Math.min(z.start, c);
  put(order(side, "reserve", 0, left()).slice(0, z.reserve), "reserve"); put(order(side, "surplus", 0, left()).slice(0, left().length - 2 * h), z.start > c ? "start" : "not_drawn");
  const lots = left(), halve = (a) => order(side, "halve", a, lots).slice(0, h), first = order(side, "start", 0, [0, 1])[0] === 0;
  const half = h >= 8 && h <= 150 ? alike([...Array(10000).keys()].map(halve), lots.map((l) => fact.get(l)), lots) : halve(0); lots.forEach((l) => g.set(l, half.includes(l) === first ? "start" : "not_drawn"));
  put(order(side, "wait", 0, [...g].filter((x) => x[1] === "not_drawn").map((x) => x[0]).sort((a, b) => a - b)).slice(0, z.wait), "wait");
  const told = Object.entries(D.content.groups[side]).flatMap(([w, t]) => t.split(" ").map((l) => [Number(l), w])); console.log(side, told.length === g.size && told.every(([l, w]) => g.get(l) === w) ? "equal" : "NOT EQUAL"); }
if (scores) { // the redraw test of one scale: t of ANCOVA with HC3 errors, as drawn and in every redraw
  const rows = readFileSync(scores, "utf8").trim().split("\n").slice(1).map((r) => r.split(",").map(Number)), B = D.content.redraws_n, kept = read(bank).redraws[one], add = (v, f) => v.reduce((s, x, i) => s + f(x, i), 0);
  const n = rows.length, mean = (v) => add(v, (x) => x) / n, xm = mean(rows.map((r) => r[1])), xc = rows.map((r) => r[1] - xm), q = add(xc, (v) => v * v), starts = new Set(D.content.groups[one].start.split(" ").map(Number));
  const rest = (v) => { const m = mean(v), b = add(xc, (u, i) => u * v[i]) / q; return v.map((u, i) => u - m - b * xc[i]); }, y = rest(rows.map((r) => r[2]));
  const t = (v) => { const w = rest(v), s = add(w, (b) => b * b), a = add(w, (b, i) => b * y[i]) / s; return a / Math.sqrt(add(w, (b, i) => ((b / s / (1 - 1 / n - xc[i] ** 2 / q - (b * b) / s)) * (y[i] - a * b)) ** 2)); };
  const seen = Math.abs(t(rows.map((r) => +starts.has(r[0])))), as = (b) => rows.map((r) => (parseInt(kept[r[0]][b >> 2], 16) >> (3 - (b & 3))) & 1);
  console.log("p", `${1 + [...Array(B).keys()].filter((b) => Math.abs(t(as(b))) >= seen * (1 - 1e-12)).length}/${1 + B}`); }
