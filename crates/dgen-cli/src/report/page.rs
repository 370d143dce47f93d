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

/// Facts that are lines for a shell.
const COMMANDS: [&str; 2] = ["command", "to use it"];

/// Parts of a text that a line does not end within, unless it is too short for one of them.
fn kept(text: &str, between: &str) -> String {
    let parts = text.split(between).map(|part| format!("<span class=\"word\">{}</span>", escape(part)));
    parts.collect::<Vec<_>>().join(between)
}

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
        let (title, below) = (escape(title), kept(below, "; "));
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

    /// Two runs that are compared, in the colours of their bars.
    pub(crate) fn sides(&mut self, a: &str, b: &str) {
        let side = |class: &str, name: &str, told: &str| {
            format!("<li class=\"{class}\"><i></i><span><strong>{name}</strong> {}</span></li>\n", escape(told))
        };
        self.add(format_args!("<ul class=\"key\">\n{}{}</ul>", side("one", "A", a), side("other", "B", b)));
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
            let value =
                if COMMANDS.contains(name) { format!("<code>{}</code>", kept(value, " ")) } else { escape(value) };
            format!("<tr><th scope=\"row\">{}</th><td>{value}</td></tr>\n", escape(name))
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
    /// Whether all of a column begin as numbers do: they are written below each other then.
    fn is_of_numbers(&self, column: usize) -> bool {
        let is_number =
            |text: &String| text.starts_with(|first: char| first.is_ascii_digit() || "+-\u{b1}".contains(first));
        self.rows.iter().filter_map(|row| row.get(column)).all(|text| text.is_empty() || is_number(text))
    }

    fn html(&self) -> String {
        let class = |column: usize| if self.is_of_numbers(column) { " class=\"number\"" } else { "" };
        let name = |(column, name): (usize, &&str)| format!("<th scope=\"col\"{}>{}</th>", class(column), escape(name));
        let names: String = self.names.iter().enumerate().map(name).collect();
        let row = |(index, fields): (usize, &Vec<String>)| {
            let best = if self.best == Some(index) { " class=\"best\"" } else { "" };
            let field = |(column, text): (usize, &String)| format!("<td{}>{}</td>", class(column), escape(text));
            format!("<tr{best}>{}</tr>\n", fields.iter().enumerate().map(field).collect::<String>())
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
    fn browsers_run_the_script_of_the_page() {
        use base64::Engine as _;
        use sha2::Digest as _;
        let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(SCRIPT));
        assert_eq!(SCRIPT_HASH, hash);
        assert!(Page::new("t", "b").finish().contains(&format!("'sha256-{hash}'")));
    }

    #[test]
    fn columns_of_numbers_are_those_whose_cells_begin_as_numbers() {
        let rows = [["4KiB", "2 of 3", "-1", "lz4"], ["", "\u{b1} 1 %", "+2", "4"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec()).to_vec();
        let table = Table { names: vec!["a", "b", "c", "d"], rows, best: None };
        assert_eq!([0, 1, 2, 3].map(|column| table.is_of_numbers(column)), [true, true, true, false]);
    }

    #[test]
    fn nothing_from_outside_is_taken_for_html() {
        let evil = "<script>alert('x')</script>&\"\u{1b}[0m";
        assert_eq!(escape(evil), "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;\u{fffd}[0m");
        let mut page = Page::new(evil, evil);
        page.verdict(&[("verdict", evil.into())]);
        page.warnings(&[evil.into()]);
        page.failed(Some(evil));
        page.note(evil);
        page.sides(evil, evil);
        page.facts(&[("path", evil.into()), ("command", evil.into())]);
        page.table(&Table { names: vec!["a"], rows: vec![vec![evil.into()]], best: Some(0) });
        let html = page.finish();
        assert!(html.matches("<script").count() == 1 && !html.contains("('x')"), "{html}");
        assert_eq!(html.matches("&lt;script&gt;").count(), 12);
    }
}
