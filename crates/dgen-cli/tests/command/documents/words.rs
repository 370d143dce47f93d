//! Lines for the shell, taken apart as far as it needs to find the calls of `dgen` in them.

/// The calls of `dgen` in a text for the shell, each with its name first; those with variables are left out, since only
/// the shell knows their values.
pub(crate) fn calls(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for command in commands(text) {
        let mut words = &command[..];
        // What `python -m dgen_py.mpi` takes is what `dgen` takes, phase by phase.
        if let Some(at) = words.iter().position(|word| word == "dgen_py.mpi") {
            for phase in words[at + 1..].split(|word| word == "--then") {
                found.push([&["dgen".to_owned()], phase].concat());
            }
            continue;
        }
        if let Some(at) = words.iter().position(|word| word == "dgen") {
            words = &words[at..];
            // `command -v dgen` and the like name it, and call nothing.
            if words.len() > 1 && !words.iter().any(|word| word.contains('$')) {
                found.push(words.to_vec());
            }
        }
    }
    found
}

/// The simple commands of a text, as words without quotes; redirections are left out.
fn commands(text: &str) -> Vec<Vec<String>> {
    let (mut found, mut words, mut word) = (Vec::new(), Vec::new(), None::<String>);
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '\'' | '"' => {
                let quoted: String = signs.by_ref().take_while(|&c| c != sign).collect();
                word.get_or_insert_default().push_str(&quoted);
            }
            '\\' => match signs.next() {
                Some('\n') | None => {}
                Some(other) => word.get_or_insert_default().push(other),
            },
            '#' if word.is_none() => while signs.next_if(|&c| c != '\n').is_some() {},
            '|' | '&' | ';' | '\n' | '(' | ')' | '`' => {
                words.extend(word.take());
                found.push(std::mem::take(&mut words));
            }
            '>' | '<' => {
                // `2>file`, `>>file`, `2>&1`
                word = word.filter(|digits| !digits.chars().all(|c| c.is_ascii_digit()));
                words.extend(word.take());
                while signs.next_if(|c| [' ', '>', '<', '&'].contains(c)).is_some() {}
                while signs.next_if(|c| !c.is_whitespace() && !['|', ';', ')'].contains(c)).is_some() {}
            }
            blank if blank.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    found.push(words);
    found.retain(|words| !words.is_empty());
    found
}

/// What stands in prose for a value, and a value.
const STAND_INS: [(&str, &str); 12] = [
    ("PATH…", "f"),
    ("PATH", "f"),
    ("FOLDER", "f"),
    ("DIR", "f"),
    ("BUCKET/KEY", "bucket/key"),
    ("HOST:PORT", "there:5300"),
    ("PORT", "5300"),
    ("URL", "s3://bucket/key"),
    ("RECIPE", "dgen1,seed=1"),
    ("SHELL", "bash"),
    ("A.json B.json", "a.json b.json"),
    ("R", "1"),
];

/// A command in prose as calls: without what it leaves open, and one for each of its alternatives (`write|read`).
pub(crate) fn meant(span: &str) -> Vec<Vec<String>> {
    let words: Vec<&str> = span.split_whitespace().filter(|word| *word != "…").collect();
    let verbs = words.get(1).copied().unwrap_or_default().split('|');
    verbs
        .map(|verb| {
            let rest = words.iter().skip(2).map(|word| given(word));
            ["dgen".to_owned(), verb.to_owned()].into_iter().chain(rest).collect()
        })
        .collect()
}

/// A word with values where letters stand for them.
fn given(word: &str) -> String {
    let sized = if word == "S" || word == "SIZE" { "1MiB" } else { word };
    let number = if sized == "N" || sized == "P" { "2" } else { sized };
    for (name, value) in STAND_INS {
        if let Some(before) = number.strip_suffix(name)
            && !before.ends_with(char::is_alphanumeric)
        {
            return format!("{before}{value}");
        }
    }
    number.to_owned()
}

#[test]
fn calls_are_found_in_lines_of_shells() {
    let words = |text: &str| calls(text).iter().map(|call| call.join(" ")).collect::<Vec<_>>();
    assert_eq!(words("dgen verify 'a b' > x 2>&1 | cat; dgen info # dgen man"), ["dgen verify a b", "dgen info"]);
    assert_eq!(words("mpiexec -n 4 dgen read a \\\n  b &"), ["dgen read a b"]);
    assert_eq!(words("dgen verify $x; command -v dgen"), Vec::<String>::new());
    assert_eq!(words("python -m dgen_py.mpi write a --then verify a"), ["dgen write a", "dgen verify a"]);
}
