//! Reading pages of HTML strictly, as XML would be read: browsers forgive, these tests do not.

/// Elements that hold nothing and are not closed.
const VOID: [&str; 1] = ["meta"];
/// Elements whose text is no HTML.
const RAW: [&str; 2] = ["style", "script"];
const ENTITIES: [&str; 5] = ["amp;", "lt;", "gt;", "quot;", "#39;"];

/// An element of a page.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// What stands in it before its first element, as a browser shows it.
    pub(crate) text: String,
}

impl Element {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.0 == name).map(|attribute| attribute.1.as_str())
    }

    pub(crate) fn has_class(&self, class: &str) -> bool {
        self.get("class").is_some_and(|all| all.split(' ').any(|one| one == class))
    }
}

/// All elements of a page, in their order. Panics where tags do not match, attributes have no quotes or occur twice, or text
/// holds what HTML gives a meaning to.
pub(crate) fn elements(page: &str) -> Vec<Element> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").expect("the page begins as all do");
    let (mut all, mut open): (Vec<Element>, Vec<String>) = (Vec::new(), Vec::new());
    while let Some((_, tag)) = rest.split_once('<') {
        if let Some(closing) = tag.strip_prefix('/') {
            let (name, after) = closing.split_once('>').unwrap();
            assert_eq!(open.pop().as_deref(), Some(name), "closed before {after:.80}");
            rest = after;
            continue;
        }
        let (inside, after) = tag.split_once('>').unwrap();
        let (name, attributes) =
            inside.trim_end_matches('/').split_once([' ', '\n']).unwrap_or((inside.trim_end_matches('/'), ""));
        assert!(!name.is_empty() && name.chars().all(char::is_alphanumeric), "<{inside}>");
        let (raw, after) = if RAW.contains(&name) {
            let (raw, _) = after.split_once(&format!("</{name}>")).unwrap();
            (true, &after[raw.len()..])
        } else {
            (false, after)
        };
        let text = if raw { String::new() } else { shown(after.split('<').next().unwrap()) };
        all.push(Element { name: name.to_owned(), attributes: attributes_of(attributes), text });
        if !inside.ends_with('/') && !VOID.contains(&name) {
            open.push(name.to_owned());
        }
        rest = after;
    }
    assert!(open.is_empty(), "never closed: {open:?}");
    all
}

fn attributes_of(mut text: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    while !text.trim().is_empty() {
        let (name, rest) = text.trim_start().split_once("=\"").unwrap_or_else(|| panic!("no quotes: {text}"));
        let (value, rest) = rest.split_once('"').unwrap();
        assert!(all.iter().all(|other| other.0 != name) && !name.contains(char::is_whitespace), "{name} in {text}");
        all.push((name.to_owned(), shown(value)));
        text = rest;
    }
    all
}

/// Text as it is shown.
fn shown(text: &str) -> String {
    assert!(!text.contains(['<', '>']), "{text}");
    for behind in text.split('&').skip(1) {
        assert!(ENTITIES.iter().any(|entity| behind.starts_with(entity)), "&{behind}");
    }
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}
