//! One page of HTML that holds all it shows: no scripts, nothing from elsewhere.

use std::fmt::Write as _;

use super::facts::Fact;
use crate::guard::PAGE_BEGIN;

/// Both colour schemes, a column that can be read, and tables that scroll inside a narrow window.
const STYLE: &str = "
:root { color-scheme: light dark; --ground: #ffffff; --panel: #f4f5f7; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de;
  --mark: #0b62c4; --fill: #0b62c433; --warn: #8a4b00; --warn-ground: #fff4e0; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171b; --panel: #1d2127; --ink: #e4e7eb; --soft: #9aa4af;
  --line: #3a424c; --mark: #6cb0ff; --fill: #6cb0ff33; --warn: #ffcf8a; --warn-ground: #3a2a10; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 62rem; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; } .soft { color: var(--soft); }
.verdict { background: var(--panel); border-left: 4px solid var(--mark); padding: .75rem 1rem; margin: 1rem 0; }
.warnings { background: var(--warn-ground); border-left: 4px solid var(--warn); padding: .75rem 1rem; margin: 1rem 0; }
.warnings ul { margin: .25rem 0 0; padding-left: 1.2rem; }
figure { margin: 0; } figure svg { display: block; width: 100%; height: auto; }
figcaption { color: var(--soft); font-size: .9rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; } .points td { overflow-wrap: normal; white-space: nowrap; }
th { font-weight: 600; white-space: nowrap; } th[scope=row] { width: 9rem; } .verdict p:first-child { font-weight: 600; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.best td, tr.best th { background: var(--fill); font-weight: 600; }
details { margin: .5rem 0; } summary { cursor: pointer; color: var(--soft); }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .soft { fill: var(--soft); }
svg .grid { stroke: var(--line); stroke-width: 1; } svg .curve { fill: none; stroke: var(--mark); stroke-width: 1.5; }
svg .area { fill: var(--fill); } svg .bar { fill: var(--mark); }
svg .mean { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 5 4; }
svg .cell { stroke: var(--ground); stroke-width: 2; } svg .best { fill: none; stroke: var(--ink); stroke-width: 3; }
";

/// Replaces what HTML gives a meaning to; control characters, which it does not allow, become a sign that stands for them.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter if letter.is_control() => safe.push('\u{fffd}'),
            letter => safe.push(letter),
        }
    }
    safe
}

/// A page under construction. Text is escaped here, so callers pass it as it is.
pub(crate) struct Page {
    title: String,
    body: String,
}

impl Page {
    pub(crate) fn new(title: &str, below: &str) -> Self {
        let (title, below) = (escape(title), escape(below));
        Self { body: format!("<h1>{title}</h1>\n<p class=\"soft\">{below}</p>\n"), title }
    }

    /// The verdict and its advice, side by side with nothing.
    pub(crate) fn verdict(&mut self, facts: &[Fact]) {
        self.add(format_args!("<div class=\"verdict\">"));
        for (_, text) in facts {
            self.add(format_args!("<p>{}</p>", escape(text)));
        }
        self.add(format_args!("</div>"));
    }

    pub(crate) fn warnings(&mut self, warnings: &[String]) {
        if !warnings.is_empty() {
            self.add(format_args!("<div class=\"warnings\">\n<strong>Warnings</strong>\n<ul>"));
            for text in warnings {
                self.add(format_args!("<li>{}</li>", escape(text)));
            }
            self.add(format_args!("</ul>\n</div>"));
        }
    }

    pub(crate) fn heading(&mut self, text: &str) {
        self.add(format_args!("<h2>{}</h2>", escape(text)));
    }

    /// A plot, which is safe already, with a line below it and the numbers behind it.
    pub(crate) fn figure(&mut self, svg: &str, caption: &str, numbers: Option<&Table>) {
        let caption = escape(caption);
        self.add(format_args!("<figure>\n{svg}<figcaption>{caption}</figcaption>\n</figure>"));
        if let Some(table) = numbers {
            self.add(format_args!("<details><summary>The same as numbers</summary>\n{}</details>", table.html()));
        }
    }

    /// Names and values.
    pub(crate) fn facts(&mut self, facts: &[Fact]) {
        let row = |(name, value): &Fact| {
            format!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escape(name), escape(value))
        };
        let rows: String = facts.iter().map(row).collect();
        self.add(format_args!("<div class=\"scroll\"><table>\n<tbody>\n{rows}</tbody>\n</table></div>"));
    }

    pub(crate) fn table(&mut self, table: &Table) {
        self.add(format_args!("{}", table.html()));
    }

    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        writeln!(self.body, "{text}").expect("text grows");
    }

    pub(crate) fn finish(self) -> String {
        let Self { title, body } = self;
        format!("{PAGE_BEGIN}{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n")
    }
}

/// A table of numbers.
pub(crate) struct Table {
    pub(crate) names: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
    /// The row that is marked.
    pub(crate) best: Option<usize>,
}

impl Table {
    fn html(&self) -> String {
        let name = |name: &&str| format!("<th scope=\"col\" class=\"number\">{}</th>", escape(name));
        let names: String = self.names.iter().map(name).collect();
        let row = |(index, fields): (usize, &Vec<String>)| {
            let class = if self.best == Some(index) { " class=\"best\"" } else { "" };
            let field = |text: &String| format!("<td class=\"number\">{}</td>", escape(text));
            format!("<tr{class}>{}</tr>\n", fields.iter().map(field).collect::<String>())
        };
        let rows: String = self.rows.iter().enumerate().map(row).collect();
        format!(
            "<div class=\"scroll\"><table class=\"points\">\n<thead><tr>{names}</tr></thead>\n<tbody>\n{rows}</tbody>\n\
             </table></div>\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_taken_for_html() {
        let evil = "<script>alert('x')</script>&\"\u{1b}[0m";
        assert_eq!(escape(evil), "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;\u{fffd}[0m");
        let mut page = Page::new(evil, evil);
        page.verdict(&[("verdict", evil.into())]);
        page.warnings(&[evil.into()]);
        page.facts(&[("path", evil.into())]);
        page.table(&Table { names: vec!["a"], rows: vec![vec![evil.into()]], best: Some(0) });
        let html = page.finish();
        assert!(!html.contains("<script") && !html.contains("('x')"), "{html}");
        assert_eq!(html.matches("&lt;script&gt;").count(), 7);
    }
}
