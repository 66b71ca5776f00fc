"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const FIRST = 300, WIDTH = 992, TOP = 58, STEP = 31, SELF = 46;
  let kept;
  // The document is read when it is first needed, so that the page opens at once.
  const run = () => kept ??= JSON.parse(document.getElementById("exchanges").textContent);

  const make = (space, name, attributes, text) => {
    const one = space ? document.createElementNS(space, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) one.setAttribute(key, value);
    if (text !== undefined) one.textContent = text;
    return one;
  };
  const svg = (name, attributes, text) => make(SVG, name, attributes, text);
  const el = (name, attributes, text) => make(null, name, attributes, text);
  const shorten = (text, most) => {
    const letters = Array.from(text);
    return letters.length <= most ? text : `${letters.slice(0, most - 1).join("")}…`;
  };
  // What a path ends with tells more than what it begins with.
  const shortenPath = (method, path, rest, most) => {
    const parts = path.split("/");
    let short = `${method} ${path}${rest}`;
    while (Array.from(short).length > most && parts.length > 2) {
      parts.shift();
      short = `${method} …/${parts.join("/")}${rest}`;
    }
    return shorten(short, most);
  };
  const shortPath = path => path.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{20,}/gi, id => id.slice(0, 4) + "…");
  const across = lifeline => WIDTH / 10 + lifeline * WIDTH / 5;

  function shaft(group, from, to, y) {
    if (from === to) {
      const x = across(from);
      group.append(svg("path", { class: "turn", d: `M${x} ${y}h34v12h-28` }),
        svg("path", { class: "tip", d: `M${x} ${y + 12}l9 -4v8z` }));
      return;
    }
    const way = from < to ? 1 : -1;
    group.append(svg("line", { x1: across(from), x2: across(to) - way * 7, y1: y, y2: y }),
      svg("path", { class: "tip", d: `M${across(to)} ${y}l${-9 * way} -4v8z` }));
  }

  const roomBetween = (from, to) => Math.max(1, Math.abs(from - to)) * 30 - 3;

  function label(group, from, to, y, text) {
    // Room between the lifelines, at about 6.6 units a letter.
    const own = from === to;
    const x = own ? across(from) + (from === 4 ? -8 : 42) : (across(from) + across(to)) / 2;
    const room = own ? 30 : roomBetween(from, to);
    const anchor = own ? (from === 4 ? "end" : "start") : "middle";
    group.append(svg("text", { x, y: own ? y + 9 : y - 5, "text-anchor": anchor }, shorten(text, room)));
  }

  const ended = end => !end ? "no response" : end.broke !== undefined ? `failed after ${end.after}: ${end.broke}` : `${end.status ?? "response"} after ${end.after}`;
  const asked = one => `${one.method} ${one.path}${one.query ? "?" + one.query : ""}`;

  function arrow(drawing, mark, y, show) {
    const one = run().exchanges[mark.exchange];
    const back = mark.is === "end";
    const [from, to] = back ? [one.to, one.from] : [one.from, one.to];
    const names = run().lifelines;
    const broken = back && one.end.broke !== undefined;
    const wrong = broken || mark.bad;
    const text = back
      ? (broken ? `failed · ${one.end.after}` : `${one.end.status ?? "response"} · ${one.end.after}`)
      : shortenPath(one.method, shortPath(one.path), one.callback ? ` (${one.callback})` : "", roomBetween(from, to) - (wrong ? 2 : 0));
    const said = back
      ? `${names[from].name} to ${names[to].name}: ${ended(one.end)} to ${asked(one)}`
      : `${names[from].name} to ${names[to].name}: ${asked(one)}, ${ended(one.end)}`;
    const group = svg("g", { class: `arrow${back ? " answer-arrow" : ""}${wrong ? " wrong" : ""}`, role: "button", tabindex: "0", "aria-pressed": "false", "aria-label": said + (wrong ? ", failed a check" : "") });
    group.append(svg("title", {}, said));
    const left = Math.min(across(from), across(to)), right = Math.max(across(from), across(to));
    group.append(svg("rect", { class: "hit", x: left, y: y - 19, width: Math.max(right - left, 90), height: 26 }));
    shaft(group, from, to, y);
    label(group, from, to, y, wrong ? "✗ " + text : text);
    group.addEventListener("click", () => show(mark.exchange, group));
    group.addEventListener("keydown", event => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); show(mark.exchange, group); }
    });
    drawing.append(group);
  }

  function due(drawing, mark, y) {
    const group = svg("g", { class: "due", role: "img", "aria-label": "missing message: " + mark.text });
    group.append(svg("title", {}, mark.text));
    shaft(group, mark.from, mark.to, y);
    const middle = (across(mark.from) + across(mark.to)) / 2;
    group.append(svg("text", { x: Math.min(Math.max(middle, WIDTH * .36), WIDTH * .64), y: y - 6, "text-anchor": "middle" }, shorten("✗ missing: " + shortPath(mark.text), 100)));
    drawing.append(group);
  }

  function note(drawing, mark, y) {
    const group = svg("g", { class: mark.bad ? "note wrong" : "note", role: "img", "aria-label": `${mark.at}: ${mark.text}` });
    group.append(svg("title", {}, mark.text), svg("text", { x: 8, y: y - 4 }, shorten(`${mark.at}: ${mark.text}`, 150)));
    drawing.append(group);
  }

  function message(title, facts, texts) {
    const part = el("div");
    part.append(el("h5", {}, title), el("p", { class: "place" }, facts));
    for (const [name, number] of texts) {
      if (number === undefined) continue;
      part.append(el("pre", { tabindex: "0", "aria-label": `${name} of the ${title.toLowerCase()}` }, run().texts[number]));
    }
    return part;
  }

  function shown(place, number) {
    const one = run().exchanges[number], names = run().lifelines;
    const pair = el("div", { class: "pair" });
    pair.append(message("Request", `${names[one.from].who} to ${names[one.to].who}${one.callback ? ` (${one.callback})` : ""}, ${one.author}, ${one.at} after the run began, journal.jsonl ${one.seq}${one.step ? `, step ${one.step}` : ""}`, [["headers", one.headers], ["body", one.body]]));
    if (one.end) {
      pair.append(message("Response", `${ended(one.end)}${one.end.author ? ", " + one.end.author : ""}, journal.jsonl ${one.end.seq}`, [["headers", one.end.headers], ["body", one.end.body]]));
    } else {
      pair.append(el("p", {}, "The journal contains no response."));
    }
    place.replaceChildren(el("h4", {}, asked(one)), pair);
    place.hidden = false;
    place.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  }

  function draw(place, marks, most) {
    const names = run().lifelines;
    place.replaceChildren(el("h3", {}, "Sequence"));
    if (!marks.length) { place.append(el("p", {}, "The journal contains no message of this case.")); return; }
    const drawing = svg("svg", { role: "group", "aria-label": "sequence diagram; each arrow opens its exchange" });
    const lines = names.map((_, index) => svg("line", { class: "life", x1: across(index), x2: across(index), y1: TOP - 14 }));
    drawing.append(...lines);
    names.forEach((one, index) => drawing.append(
      svg("rect", { class: "box", x: across(index) - 78, y: 2, width: 156, height: 40, rx: 4 }),
      svg("text", { class: "who", x: across(index), y: 19 }, one.name),
      svg("text", { class: "role", x: across(index), y: 34 }, one.who)));
    const exchange = el("div", { class: "exchange", role: "region", tabindex: "-1", "aria-label": "exchange" });
    exchange.hidden = true;
    const show = (number, pressed) => {
      for (const other of drawing.querySelectorAll("[aria-pressed=true]")) other.setAttribute("aria-pressed", "false");
      pressed.setAttribute("aria-pressed", "true");
      shown(exchange, number);
    };
    let y = TOP + 14;
    for (const mark of marks.slice(0, most)) {
      if (mark.is === "due") due(drawing, mark, y);
      else if (mark.is === "note") note(drawing, mark, y);
      else arrow(drawing, mark, y, show);
      const one = run().exchanges[mark.exchange];
      y += one && one.from === one.to ? SELF : STEP;
    }
    for (const line of lines) line.setAttribute("y2", y - 8);
    drawing.setAttribute("viewBox", `0 0 ${WIDTH} ${y}`);
    place.append(drawing);
    if (marks.length > most) {
      const more = el("button", { type: "button" }, `Draw all ${marks.length} lines`);
      more.addEventListener("click", () => draw(place, marks, Infinity));
      place.append(more);
    }
    place.append(exchange);
  }

  const drawn = new WeakSet();
  function opened(details) {
    if (!details.open || drawn.has(details)) return;
    drawn.add(details);
    draw(details.querySelector(".diagram"), run().cases[Number(details.dataset.case)], FIRST);
  }
  // A toggle does not bubble; it is detected on its way down.
  document.addEventListener("toggle", event => { if (event.target.dataset?.case !== undefined) opened(event.target); }, true);

  // A case is found by its id, too, so that a link holds from run to run.
  function named(hash) {
    let id;
    try { id = decodeURIComponent(hash); } catch { return undefined; }
    return id === "" ? undefined : Array.from(document.querySelectorAll("tbody.case")).find(body => body.querySelector("code").textContent === id);
  }

  function follow() {
    const target = document.getElementById(location.hash.slice(1)) ?? named(location.hash.slice(1));
    const details = target?.matches("details") ? target : target?.querySelector(":scope > tr > td > details");
    if (details?.dataset.case === undefined) return;
    target.hidden = false;
    details.open = true;
    opened(details);
    target.scrollIntoView();
  }
  addEventListener("hashchange", follow);
  follow();

  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll(".case.failed details, .case.inconclusive details")) { one.open = true; opened(one); }
  });

  const form = document.getElementById("filter");
  if (!form) return;
  const cases = Array.from(document.querySelectorAll("tbody.case"), body => ({ body, verdict: body.dataset.verdict }));
  // What a case says is gathered when it is first searched.
  const says = one => one.text ??= one.body.rows[0].textContent.toLowerCase();
  function filter() {
    const words = document.getElementById("words").value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = new Set(Array.from(form.querySelectorAll("[name=verdict]:checked"), box => box.value));
    let count = 0;
    for (const one of cases) {
      const fits = verdicts.has(one.verdict) && words.every(word => says(one).includes(word));
      if (one.body.hidden === fits) one.body.hidden = !fits;
      if (fits) count += 1;
    }
    for (const group of document.querySelectorAll("tbody.group")) {
      let next = group.nextElementSibling;
      while (next && !next.classList.contains("group") && next.hidden) next = next.nextElementSibling;
      group.hidden = !next || next.classList.contains("group");
    }
    document.getElementById("shown").textContent = `${count} of ${cases.length} cases`;
  }
  form.addEventListener("input", filter);
  form.addEventListener("submit", event => event.preventDefault());
  form.hidden = false;
  filter();
})();
