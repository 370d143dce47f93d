//! One page of HTML that holds all it shows: nothing from elsewhere, and nothing that needs its one script, which sorts tables.

use std::fmt::Write as _;

use super::facts::Fact;
use crate::guard::PAGE_BEGIN;

/// Both colour schemes, a column that can be read, and tables that scroll inside a narrow window.
const STYLE: &str = include_str!("page.css");
/// Makes the headings of tables buttons that sort them.
const SCRIPT: &str = include_str!("page.js");
/// SHA-256 of the script: browsers run this one and no other, and load nothing.
const SCRIPT_HASH: &str = "MVoq66JYaAiND0El3ISUFDSEEBmYsEO4AQn1lqMaeSg=";

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
            let title = if warnings.len() == 1 { "Warning" } else { "Warnings" };
            self.add(format_args!("<div class=\"warnings\" role=\"alert\">\n<strong>{title}</strong>\n<ul>"));
            for text in warnings {
                self.add(format_args!("<li>{}</li>", escape(text)));
            }
            self.add(format_args!("</ul>\n</div>"));
        }
    }

    /// What ended the work early.
    pub(crate) fn failed(&mut self, error: Option<&str>) {
        if let Some(error) = error.map(escape) {
            self.add(format_args!(
                "<div class=\"failed\" role=\"alert\">\n<strong>It ended early</strong>\n<p>{error}</p>\n</div>"
            ));
        }
    }

    pub(crate) fn heading(&mut self, text: &str) {
        self.add(format_args!("<h2>{}</h2>", escape(text)));
    }

    /// A remark below something.
    pub(crate) fn note(&mut self, text: &str) {
        self.add(format_args!("<p class=\"soft\">{}</p>", escape(text)));
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
        self.add(format_args!("<table class=\"facts\">\n<tbody>\n{rows}</tbody>\n</table>"));
    }

    pub(crate) fn table(&mut self, table: &Table) {
        self.add(format_args!("{}", table.html()));
    }

    /// What is safe HTML already.
    pub(super) fn add(&mut self, text: std::fmt::Arguments<'_>) {
        writeln!(self.body, "{text}").expect("text grows");
    }

    pub(crate) fn finish(self) -> String {
        let Self { title, body } = self;
        let rules = format!("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{SCRIPT_HASH}'");
        format!(
            "{PAGE_BEGIN}{title}</title>\n<meta http-equiv=\"Content-Security-Policy\" content=\"{rules}\">\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n{body}<script>{SCRIPT}</script>\n</body>\n</html>\n"
        )
    }
}

/// A table that scrolls by itself where the window is too narrow, by keyboard, too.
pub(super) fn scrolling(table: &str) -> String {
    format!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\">{table}</div>\n")
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
        scrolling(&format!(
            "<table class=\"points\">\n<thead><tr>{names}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>"
        ))
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
