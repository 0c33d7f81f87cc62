"use strict";
// Search and filters. Text of the page is only ever read and compared, never put back as markup.
(() => {
  const form = document.getElementById("find");
  const entries = [...document.querySelectorAll(".e")];
  if (!form || entries.length === 0) return;
  const PAGE = 100;
  const text = document.getElementById("find-text");
  const kind = document.getElementById("find-kind");
  const state = document.getElementById("find-state");
  const count = document.getElementById("find-count");
  const lists = [...document.querySelectorAll(".entries")].map((list) => ({ list, shown: PAGE, more: null, own: [] }));
  const byList = new Map(lists.map((one) => [one.list, one]));
  const all = entries.map((element) => ({ element, text: null, filtered: false, paged: false }));
  for (const entry of all) byList.get(entry.element.parentElement).own.push(entry);
  const folds = new Map(lists.map((one) => [one, one.list.closest("details.passes")]));
  const wasOpen = new Map();
  const textOf = (entry) => (entry.text ??= entry.element.textContent.toLowerCase());
  const set = (entry, key, value) => {
    if (entry[key] === value) return;
    entry[key] = value;
    if (key === "filtered") entry.element.hidden = value || entry.paged;
    else {
      entry.element.classList.toggle("paged", value);
      entry.element.hidden = value || entry.filtered;
    }
  };
  const page = (one) => {
    let place = 0;
    for (const entry of one.own) if (!entry.filtered) set(entry, "paged", place++ >= one.shown);
    const left = place - one.shown;
    if (left > 0 && !one.more) {
      one.more = document.createElement("button");
      one.more.type = "button";
      one.more.className = "more";
      one.more.addEventListener("click", () => {
        const first = one.own.find((entry) => !entry.filtered && entry.paged);
        one.shown += PAGE;
        page(one);
        first.element.tabIndex = -1;
        first.element.focus();
      });
      one.list.after(one.more);
    }
    if (one.more) {
      one.more.hidden = left <= 0;
      one.more.textContent = `Show ${Math.min(left, PAGE)} of ${left} more`;
    }
    return place;
  };
  const apply = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const active = words.length > 0 || kind.value !== "" || state.value !== "";
    let found = 0;
    for (const entry of all) {
      const data = entry.element.dataset;
      const kept = (kind.value === "" || data.k === kind.value) && (state.value === "" || data.s === state.value);
      set(entry, "filtered", !(kept && words.every((word) => textOf(entry).includes(word))));
    }
    for (const one of lists) {
      one.shown = PAGE;
      const here = page(one);
      found += here;
      const fold = folds.get(one);
      if (!fold) continue;
      if (active && !wasOpen.has(fold)) wasOpen.set(fold, fold.open);
      if (active) fold.open = here > 0;
      else if (wasOpen.has(fold)) {
        fold.open = wasOpen.get(fold);
        wasOpen.delete(fold);
      }
    }
    count.textContent = active ? `${found} of ${all.length} found` : `${all.length} in all`;
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const control of [text, kind, state]) control.addEventListener("input", apply);
  form.hidden = false;
  apply();
  // The words are gathered while nothing else happens, so that the first search need not.
  let next = 0;
  const gather = () => {
    const end = Math.min(next + 200, all.length);
    for (; next < end; next++) textOf(all[next]);
    if (next < all.length) setTimeout(gather, 0);
  };
  setTimeout(gather, 0);
})();
