//! Names that are nearly right.

pub(crate) mod names;

use clap::error::{ContextKind, ContextValue};

/// How alike two names are at least, 0 to 1, so that one may be meant by the other.
const ALIKE: f64 = 0.7;

/// What may have been meant, as a question to put behind an error; empty where nothing is alike.
pub(crate) fn meant(error: &clap::Error) -> String {
    let told = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    let told: Vec<String> = told.iter().flat_map(|kind| texts(error.get(*kind))).collect();
    if let Some(first) = told.first() {
        return format!("; did you mean `{first}`?");
    }
    value(error).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn texts(value: Option<&ContextValue>) -> Vec<String> {
    match value {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// A name that an option takes and that is like the one it was given.
fn value(error: &clap::Error) -> Option<&'static str> {
    let (arg, given) =
        (texts(error.get(ContextKind::InvalidArg)).pop()?, texts(error.get(ContextKind::InvalidValue)).pop()?);
    let long = arg.trim_start_matches("--").split([' ', '=', '[']).next()?;
    let id = if long == "for" { "system".to_owned() } else { long.replace('-', "_") };
    let alike = |name: &&'static str| strsim::jaro_winkler(name, &given.to_lowercase());
    let best = names::of(&id)?.iter().copied().max_by(|one, other| alike(one).total_cmp(&alike(other)))?;
    (alike(&best) >= ALIKE).then_some(best)
}
