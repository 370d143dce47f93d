//! What the shared files of the AWS tools say: `~/.aws/credentials` and `~/.aws/config`, which `object_store` does not read.

use std::path::PathBuf;

use dgen::{Error, Result};
use ini::Ini;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};

/// What is taken over, by its name in those files.
const NAMES: [(&str, AmazonS3ConfigKey); 5] = [
    ("aws_access_key_id", AmazonS3ConfigKey::AccessKeyId),
    ("aws_secret_access_key", AmazonS3ConfigKey::SecretAccessKey),
    ("aws_session_token", AmazonS3ConfigKey::Token),
    ("region", AmazonS3ConfigKey::Region),
    ("endpoint_url", AmazonS3ConfigKey::Endpoint),
];

/// Gives a builder what the profile says, where the environment has said nothing of it.
///
/// # Errors
/// When a file cannot be read, or `AWS_PROFILE` names a profile that neither has.
pub(crate) fn complete(
    mut builder: AmazonS3Builder,
    value: &dyn Fn(&str) -> Option<String>,
) -> Result<AmazonS3Builder> {
    let home = value("HOME").map(PathBuf::from);
    let file = |variable: &str, name: &str| {
        value(variable).map(PathBuf::from).or_else(|| home.as_ref().map(|home| home.join(".aws").join(name)))
    };
    let asked = value("AWS_PROFILE").or_else(|| value("AWS_DEFAULT_PROFILE"));
    let profile = asked.clone().unwrap_or_else(|| "default".to_owned());
    // Profiles other than the default have another heading in the second file.
    let heading = if profile == "default" { profile.clone() } else { format!("profile {profile}") };
    // Keys of the environment, and a token beside them, are not mixed with others.
    let has_keys = builder.get_config_value(&AmazonS3ConfigKey::AccessKeyId).is_some();
    let mut found = false;
    let files = [
        (file("AWS_SHARED_CREDENTIALS_FILE", "credentials"), profile.clone()),
        (file("AWS_CONFIG_FILE", "config"), heading),
    ];
    for (path, heading) in files {
        let Some(path) = path.filter(|path| path.exists()) else { continue };
        let read = Ini::load_from_file_noescape(&path);
        let read = read.map_err(|error| Error::malformed(&path.display().to_string(), error, "an INI file"))?;
        let Some(section) = read.section(Some(heading)) else { continue };
        found = true;
        for (name, key) in NAMES {
            let of_keys = name.starts_with("aws_");
            if (of_keys && has_keys) || builder.get_config_value(&key).is_some() {
                continue;
            }
            if let Some(text) = section.get(name) {
                builder = builder.with_config(key, text);
            }
        }
    }
    match asked {
        Some(profile) if !found => Err(Error::malformed(
            "AWS_PROFILE",
            format_args!("`{profile}`"),
            "profiles of ~/.aws/credentials or ~/.aws/config",
        )),
        _ => Ok(builder),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn made(files: [&str; 2], variables: &[(&str, &str)]) -> Result<[Option<String>; 4]> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".aws")).unwrap();
        fs::write(folder.path().join(".aws/credentials"), files[0]).unwrap();
        fs::write(folder.path().join(".aws/config"), files[1]).unwrap();
        let home = folder.path().to_string_lossy().into_owned();
        let value = |name: &str| {
            let known = variables.iter().find(|known| known.0 == name).map(|known| known.1.to_owned());
            known.or_else(|| (name == "HOME").then(|| home.clone()))
        };
        let mut builder = AmazonS3Builder::new();
        if let Some(key) = value("AWS_ACCESS_KEY_ID") {
            builder = builder.with_access_key_id(key);
        }
        let builder = complete(builder, &value)?;
        Ok([&NAMES[0].1, &NAMES[1].1, &NAMES[3].1, &NAMES[4].1].map(|key| builder.get_config_value(key)))
    }

    #[test]
    fn profiles_complete_what_the_environment_leaves() {
        let credentials =
            "[default]\naws_access_key_id = A\naws_secret_access_key = a/b+c=\n[other]\naws_access_key_id=B\n";
        let config = "[default]\nregion = r1\n[profile other]\nregion = r2\nendpoint_url = http://there:9000\n";
        let own = |text: &str| Some(text.to_owned());
        let files = [credentials, config];
        assert_eq!(made(files, &[]).unwrap(), [own("A"), own("a/b+c="), own("r1"), None]);
        let other = [("AWS_PROFILE", "other")];
        assert_eq!(made(files, &other).unwrap(), [own("B"), None, own("r2"), own("http://there:9000")]);
        // A key of the environment is not given another's secret.
        assert_eq!(made(files, &[("AWS_ACCESS_KEY_ID", "C")]).unwrap(), [own("C"), None, own("r1"), None]);
        assert_eq!(made(["", ""], &[]).unwrap(), [None, None, None, None]);
        let error = made(files, &[("AWS_PROFILE", "nobody")]).unwrap_err().to_string();
        assert!(error.contains("AWS_PROFILE") && error.contains("nobody"), "{error}");
    }
}
