//! The command that continues one that did not come to its end.

use dgen::{Error, ErrorKind, Recipe};

use crate::launch::{self, quoted};
use crate::output::complain_whole;

/// Tells the command that continues a write, where it ended by an interruption or a fault. It is the one that was given,
/// without what was for its beginning alone, and with a recipe where it drew one.
pub(super) fn tell(error: Option<&Error>, recipe: Option<&Recipe>) {
    let can_go_on = |error: &Error| matches!(error.kind(), ErrorKind::Io | ErrorKind::Interrupted);
    if !error.is_some_and(can_go_on) {
        return;
    }
    let given = launch::arguments();
    if given.is_empty() {
        return;
    }
    complain_whole(&format!("continue with: dgen {}", continued(&given, recipe).join(" ")));
}

fn continued(given: &[String], recipe: Option<&Recipe>) -> Vec<String> {
    let mut words: Vec<String> =
        given.iter().filter(|word| *word != "--force" && *word != "--resume").map(|word| quoted(word)).collect();
    words.extend(recipe.map(|recipe| format!("--seed {:#x}", recipe.seed())));
    words.push("--resume".to_owned());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_is_given_again() {
        let given = ["write", "a b", "it's", "--force", "-s", "1GiB"].map(str::to_owned);
        let recipe = Recipe::with_seed(255);
        let words = continued(&given, Some(&recipe));
        assert_eq!(words.join(" "), r"write 'a b' 'it'\''s' -s 1GiB --seed 0xff --resume");
        assert_eq!(continued(&["write".to_owned(), "--resume".to_owned()], None), ["write", "--resume"]);
    }
}
