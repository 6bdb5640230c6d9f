use super::*;

fn claims(text: &str, format: &str) -> FileClaims {
    read(text, format, None).unwrap()
}

fn error(text: &str, format: &str, universe: Option<Universe>) -> String {
    let error = read(text, format, universe).unwrap_err().to_string();
    assert!(error.contains("claims.txt"), "{error}");
    error
}

/// Writes `claim` as `length` characters of `alphabet`.
fn write(mut claim: u64, alphabet: &str, length: usize) -> String {
    let characters: Vec<char> = alphabet.chars().collect();
    let base = characters.len() as u64;
    let mut text = vec![characters[0]; length];
    for place in text.iter_mut().rev() {
        *place = characters[(claim % base) as usize];
        claim /= base;
    }
    text.into_iter().collect()
}

proptest! {
    #[test]
    fn claims_come_back_as_they_were_written(
        numbers in prop::collection::btree_set(any::<u64>(), 1..50),
        length in 4_usize..=12,
    ) {
        for (format, alphabet) in [
            ("hex", "0123456789abcdef"),
            ("bits", "01"),
            ("strings:ACGT", "ACGT"),
            ("strings:zäß5", "zäß5"),
            ("strings:abc", "abc"),
        ] {
            let size = (alphabet.chars().count() as u128).pow(length as u32);
            let numbers: HashSet<u64> = numbers.iter().map(|number| (u128::from(*number) % size) as u64).collect();
            let text: String = numbers.iter().map(|number| write(*number, alphabet, length) + "\n").collect();
            let read = claims(&text, format);
            prop_assert_eq!(read.universe().size(), size);
            prop_assert!(read.claims().is_sorted());
            prop_assert_eq!(read.claims().iter().copied().collect::<HashSet<_>>(), numbers);
        }
        let lines: Vec<String> = numbers.iter().map(u64::to_string).collect();
        let read = read(&lines.join("\n"), "decimal", Some(universe(1 << 64))).unwrap();
        prop_assert!(read.claims().iter().eq(&numbers));
        prop_assert!(numbers.iter().enumerate().all(|(place, number)| read.place(*number) == Some(place)));
    }
}

#[test]
fn blank_lines_remarks_and_line_ends_do_not_count() {
    let read = claims("\u{feff}# prefixes\r\n\r\n0A\r\n  ff \n#00\n0b", "hex");
    assert_eq!(read.claims(), [10, 11, 255]);
    assert_eq!((read.place(11), read.place(12)), (Some(1), None));
}

#[test]
fn the_longest_claims_span_two_to_the_64() {
    assert_eq!(claims("ffffffffffffffff", "hex").universe().size(), 1 << 64);
    assert_eq!(claims(&"1".repeat(64), "bits").claims(), [u64::MAX]);
    assert!(error(&"1".repeat(65), "bits", None).contains("at most 64"));
}

#[test]
fn a_wrong_line_is_named_with_what_is_allowed() {
    for (text, format, parts) in [
        ("00\n\n0g\n", "hex", [":3: `0g`: `g` at column 2", "0-9, a-f, A-F"]),
        ("0x00\n", "hex", ["`x` at column 2", "without a prefix"]),
        ("010\n012\n", "bits", [":2: `012`", "0 and 1"]),
        ("ACGT\nACGU", "strings:ACGT", ["`U` at column 4", "`ACGT`"]),
        ("# head\n00\n000\n", "hex", [":3: `000`: 3 characters", "(line 2) has 2"]),
        ("00000000000000000\n", "hex", ["17 characters", "at most 16"]),
        ("0a\n0b\n0A\n0b\n", "hex", [":3: `0A`", "line 1"]),
    ] {
        let error = error(text, format, None);
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
}

#[test]
fn decimal_claims_lie_in_the_universe_given() {
    let given = Some(universe(1000));
    assert_eq!(read("7\n999\n", "decimal", given).unwrap().claims(), [7, 999]);
    for (text, part) in [
        ("7\n1000\n", ":2: `1000`: outside the universe: claims lie from 0 to 999"),
        ("99999999999999999999999\n", "outside the universe"),
        ("-1\n", "`-` at column 1"),
        ("7\n007\n", ":2: `007`: the same claim as in line 1"),
    ] {
        assert!(error(text, "decimal", given).contains(part), "{}", error(text, "decimal", given));
    }
    assert!(error("7\n", "decimal", None).contains("set facts.universe"));
}

#[test]
fn a_universe_given_beside_the_formats_must_agree() {
    assert!(read("00\n", "hex", Some(universe(256))).is_ok());
    let error = error("00\n", "hex", Some(universe(1 << 20)));
    assert!(error.contains("a universe of 256") && error.contains("facts.universe is 2^20"), "{error}");
}

#[test]
fn files_without_claims_or_text_are_refused() {
    assert!(error("# nothing\n\n", "hex", None).contains("no claims"));
    let missing = FileClaims::read(&PathBuf::from("no/such/claims.txt"), &ClaimFormat::Hex, None).unwrap_err();
    assert!(missing.to_string().contains("no/such/claims.txt") && missing.to_string().contains("facts.file"));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("latin1.txt");
    std::fs::write(&path, b"00\n\xe4\n").unwrap();
    let error = FileClaims::read(&path, &ClaimFormat::Hex, None).unwrap_err().to_string();
    assert!(error.contains("latin1.txt:2: not UTF-8"), "{error}");
}

#[test]
fn long_lines_are_cut_in_errors() {
    let error = error(&format!("01\n{}", "0".repeat(100_000)), "bits", None);
    assert!(error.len() < 400 && error.contains('…'), "{}", error.len());
}

#[test]
fn digests_depend_on_claims_and_universe_only() {
    assert_eq!(claims("0a\n0b\n", "hex").digest(), claims("# x\n0B\n0A\n", "hex").digest());
    assert_ne!(claims("0a\n0b\n", "hex").digest(), claims("00a\n00b\n", "hex").digest());
    assert_ne!(claims("0a\n0b\n", "hex").digest(), claims("0a\n0c\n", "hex").digest());
}
