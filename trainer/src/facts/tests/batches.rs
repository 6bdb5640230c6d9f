use super::*;

fn stream(facts_per_step: usize, encoding: EncodingSpec) -> BatchStream {
    let facts = FactSet::random(universe(1 << 20), 50, 1 << 10, 4).unwrap();
    BatchStream::new(Arc::new(facts), encoding, facts_per_step, 600).unwrap()
}

fn batch(stream: &BatchStream, step: u64) -> Vec<u32> {
    let mut words = vec![u32::MAX; stream.rows() * stream.encoding().words_per_row()];
    stream.fill(step, &mut words);
    words
}

proptest! {
    /// Steps in any order, by streams that have done other things before, give the same words.
    #[test]
    fn batches_are_functions_of_the_step(
        steps in prop::collection::vec(any::<u64>(), 1..6),
        facts_per_step in 1_usize..=50,
        inputs in 20_usize..140,
    ) {
        let encoding = EncodingSpec::Code { inputs };
        let used = stream(facts_per_step, encoding);
        let forwards: Vec<_> = steps.iter().map(|step| batch(&used, *step)).collect();
        for (step, words) in steps.iter().zip(forwards).rev() {
            prop_assert_eq!(batch(&stream(facts_per_step, encoding), *step), words);
        }
    }
}

/// Rows as claims, which the `bits` encoding of up to 32 bits leaves legible.
#[test]
fn facts_come_first_and_in_order_then_fresh_non_facts() {
    let stream = stream(50, EncodingSpec::Bits);
    let mut seen = HashSet::new();
    for step in 0..20 {
        let words = batch(&stream, step);
        assert_eq!(words.len(), 650);
        assert!(words[..50].iter().map(|word| u64::from(*word)).eq(stream.facts().facts()));
        assert!(words[50..].iter().all(|word| !stream.facts().is_member(u64::from(*word))));
        assert!(seen.insert(words[50..].to_vec()), "step {step} repeats the non-facts of another");
    }
}

/// 20 of 50 facts a step: five steps are two epochs, the third step belongs to both.
#[test]
fn minibatches_go_through_every_fact_once_an_epoch() {
    let stream = stream(20, EncodingSpec::Bits);
    let rows: Vec<u32> = (0..10).flat_map(|step| batch(&stream, step)[..20].to_vec()).collect();
    let facts: HashSet<u32> = stream.facts().facts().map(|fact| fact as u32).collect();
    let epochs: Vec<&[u32]> = rows.chunks(50).collect();
    for epoch in &epochs {
        assert_eq!(epoch.iter().copied().collect::<HashSet<_>>(), facts);
    }
    assert_eq!(epochs.iter().collect::<HashSet<_>>().len(), 4, "epochs have orders of their own");
}

/// The contract of seeds: company, width and the number of rows change nothing but what they say.
#[test]
fn more_non_facts_a_step_begin_with_the_same_ones() {
    let facts = Arc::new(FactSet::random(universe(1 << 20), 50, 1 << 10, 4).unwrap());
    let rows = |count| batch(&BatchStream::new(facts.clone(), EncodingSpec::Bits, 50, count).unwrap(), 3);
    assert_eq!(rows(900)[..350], rows(300));
}

#[test]
fn the_rows_of_a_batch_are_the_encoded_claims() {
    let stream = stream(50, EncodingSpec::Code { inputs: 77 });
    let mut claims: Vec<u64> = stream.facts().facts().collect();
    claims.resize(650, 0);
    stream.facts().draw_non_facts(&stream_key(4, purpose::NEGATIVES), 8, 0, &mut claims[50..]);
    let mut words = vec![0; 650 * 3];
    stream.encoding().encode(&claims, &mut words);
    assert_eq!(batch(&stream, 8), words);
    assert_eq!(stream.fact_words(), &words[..150]);
}

#[test]
fn impossible_batches_are_refused() {
    let facts = Arc::new(FactSet::random(universe(1 << 20), 50, 0, 4).unwrap());
    let error = |k, n, encoding| BatchStream::new(facts.clone(), encoding, k, n).unwrap_err().to_string();
    assert!(error(0, 1, EncodingSpec::Bits).contains("from 1 to the number of facts, 50"));
    assert!(error(51, 1, EncodingSpec::Bits).contains("train.facts_per_step = 51"));
    assert!(error(50, 1 << 33, EncodingSpec::Bits).contains("at most 2^32"));
    assert!(error(50, 1, EncodingSpec::Code { inputs: 19 }).contains("at least 20"));
}
