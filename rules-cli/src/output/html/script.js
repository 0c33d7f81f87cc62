"use strict";
// Search and filters. Text of the page is only ever read and compared, never put back as markup.
(() => {
  const form = document.getElementById("find");
  if (!form) return;
  const PAGE = 100;
  const [text, kind, state, count] = ["text", "kind", "state", "count"].map((name) => document.getElementById(`find-${name}`));
  // The lists that belong together are in one parent, and are shown as one.
  const groups = new Map();
  const all = [];
  for (const list of document.querySelectorAll(".entries")) {
    const parent = list.parentElement;
    if (!groups.has(parent)) {
      const fold = parent.matches("details") ? parent : null;
      groups.set(parent, { lists: [], shown: PAGE, more: null, fold, wasOpen: null });
    }
    const own = { list, entries: [...list.children].map((element) => ({ element, text: null, kept: true })) };
    groups.get(parent).lists.push(own);
    all.push(...own.entries);
  }
  if (all.length === 0) return;
  const textOf = (entry) => (entry.text ??= entry.element.textContent.toLowerCase());
  const show = (element, shown) => {
    if (element.hidden === shown) element.hidden = !shown;
  };
  // Shows as many of the kept entries as are asked for. A list without one is hidden as a whole.
  const page = (group) => {
    let kept = 0;
    for (const { list, entries } of group.lists) {
      const before = kept;
      const here = entries.filter((entry) => entry.kept).length;
      kept += here;
      const room = Math.min(group.shown - before, here);
      // What is not shown yet is printed all the same; what a filter leaves out is not.
      list.classList.toggle("paged", here > 0 && room <= 0);
      show(list, room > 0);
      if (room <= 0) continue;
      let place = 0;
      for (const entry of entries) show(entry.element, entry.kept && place++ < room);
    }
    const left = kept - group.shown;
    if (left > 0 && !group.more) {
      group.more = document.createElement("button");
      group.more.type = "button";
      group.more.className = "more";
      group.more.addEventListener("click", () => {
        const first = group.lists.flatMap(({ entries }) => entries).filter((entry) => entry.kept)[group.shown];
        group.shown += PAGE;
        page(group);
        first.element.tabIndex = -1;
        first.element.focus();
      });
      group.lists[group.lists.length - 1].list.after(group.more);
    }
    if (group.more) {
      group.more.hidden = left <= 0;
      group.more.textContent = `Show ${Math.min(left, PAGE)} of ${left} more`;
    }
    return kept;
  };
  const apply = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const active = words.length > 0 || kind.value !== "" || state.value !== "";
    for (const entry of all) {
      const data = entry.element.dataset;
      entry.kept =
        (kind.value === "" || data.k === kind.value) &&
        (state.value === "" || data.s === state.value) &&
        words.every((word) => textOf(entry).includes(word));
    }
    let found = 0;
    for (const group of groups.values()) {
      group.shown = PAGE;
      const here = page(group);
      found += here;
      if (!group.fold) continue;
      if (active && group.wasOpen === null) group.wasOpen = group.fold.open;
      if (active) group.fold.open = here > 0;
      else if (group.wasOpen !== null) {
        group.fold.open = group.wasOpen;
        group.wasOpen = null;
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
