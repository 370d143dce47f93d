//! Rows of comma-separated values, as RFC 4180 has them, but with lines that end as they do on Unix.

/// A column: its name, and what it holds for a row.
pub(crate) type Column<T> = (&'static str, fn(&T) -> String);

/// The line of names.
pub(crate) fn header<T>(columns: &[Column<T>]) -> String {
    line(columns.iter().map(|(name, _)| (*name).to_owned()))
}

/// The line of one row.
pub(crate) fn row<T>(columns: &[Column<T>], of: &T) -> String {
    line(columns.iter().map(|(_, value)| value(of)))
}

/// What is absent is empty.
pub(crate) fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A share, or nothing.
pub(crate) fn share(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.4}")).unwrap_or_default()
}

/// A line of fields, each quoted where it has to be.
fn line(fields: impl Iterator<Item = String>) -> String {
    let fields: Vec<String> = fields.map(quoted).collect();
    format!("{}\n", fields.join(","))
}

fn quoted(field: String) -> String {
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_have_to_be() {
        let fields = ["plain", "a,b", "say \"x\"", "two\nlines", ""].map(str::to_owned);
        assert_eq!(line(fields.into_iter()), "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\n");
    }
}
