// Combo: a field that offers what fits while one types; arrows, Enter, or the number before an offer.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  const MOST = 9;

  W.fits = function (option, typed) {
    const wanted = typed.trim().toLowerCase();
    return !wanted || (option.words || []).concat(option.text, option.value).some((word) => String(word || "").toLowerCase().includes(wanted));
  };
  // `options` is a list or a function of what was typed; `text` is what the field shows; `free` keeps what fits nothing;
  // `waiting`: offers are still being asked for, and Enter waits for them.
  W.Combo = function ({ id, name, text, options, onText, onPick, required, invalid, describedBy, placeholder, free, most, waiting }) {
    const [open, setOpen] = React.useState(false);
    const [at, setAt] = React.useState(0);
    const box = React.useRef(null);
    const offered = (typeof options === "function" ? options(text) : options.filter((one) => W.fits(one, text))).slice(0, most || MOST);
    const exact = offered.length === 1 && offered[0].text === text;
    const ready = open && offered.length > 0, shown = ready && !exact;
    const pick = (one) => { onPick(one); setOpen(false); setAt(0); };
    const entered = React.useRef(false);
    React.useEffect(() => {
      if (waiting || !entered.current) return;
      entered.current = false;
      if (ready) pick(offered[0]);
      else box.current.closest("form").requestSubmit();
    }, [waiting]);
    const keyed = (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        setOpen(true);
        setAt(Math.min(offered.length - 1, Math.max(0, at + (open ? (event.key === "ArrowDown" ? 1 : -1) : 0))));
      } else if (event.key === "Enter" && open && waiting) { event.preventDefault(); entered.current = true; }
      else if (event.key === "Enter" && ready) { event.preventDefault(); pick(offered[Math.min(at, offered.length - 1)]); }
      else if (event.key === "Tab" && ready && text && !free) pick(offered[Math.min(at, offered.length - 1)]);
      else if (event.key === "Escape" && shown) { event.stopPropagation(); event.nativeEvent.stopImmediatePropagation(); setOpen(false); }
      else if (/^[1-9]$/.test(event.key) && shown && !text && offered[Number(event.key) - 1]) { event.preventDefault(); pick(offered[Number(event.key) - 1]); }
    };
    return h("div.combo", { ref: box, onBlur: (event) => { if (!box.current.contains(event.relatedTarget)) { entered.current = false; setOpen(false); } } },
      h("input", { id, name, value: text, role: "combobox", autoComplete: "off", spellCheck: false, placeholder, "aria-expanded": shown, "aria-controls": `${id}-list`, "aria-autocomplete": "list", "aria-required": required, "aria-invalid": invalid || undefined, "aria-describedby": describedBy,
        "aria-activedescendant": shown ? `${id}-${at}` : undefined, onFocus: () => setOpen(!text), onClick: () => setOpen(true), onKeyDown: keyed, onChange: (event) => { entered.current = false; setOpen(true); setAt(0); onText(event.target.value); } }),
      shown ? h("ul.offers", { id: `${id}-list`, role: "listbox", "aria-label": W.t("form.offers") }, offered.map((one, n) => h("li", { key: one.value, id: `${id}-${n}`, role: "option", "aria-selected": n === at, onMouseDown: (event) => { event.preventDefault(); pick(one); } },
        text ? null : h("kbd", null, n + 1), h("b", null, one.text), one.note ? h("span", null, one.note) : null))) : null);
  };
})();
