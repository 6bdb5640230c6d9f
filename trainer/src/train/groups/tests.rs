//! However a population is divided, it learns the same.

use std::path::Path;

use super::*;
use crate::config::{Optimizer, Overrides, from_text};
use crate::run::Plan;

const STEPS: u64 = 6;

fn plan(optimizer: &str) -> Plan {
    let text = format!(
        "seeds = 5\nfacts = {{ count = 40, universe = '2^20' }}\nnon_facts = {{ per_step = 100 }}\n\
         model = {{ widths = [7] }}\n\
         train = {{ steps = {STEPS}, optimizer = '{optimizer}', clip = 0.5, negative_weight = [1, 2, 0.5, 3, 1] }}"
    );
    let experiment = from_text(&text, Path::new("x.toml"), Path::new("."), Overrides::default());
    Plan::new(&experiment.expect("a configuration")).expect("a plan")
}

/// Parameters and optimiser state after some steps, and the last losses' parts.
type Learned = (Vec<f32>, Vec<NamedTensor>, Vec<f32>);

fn learned(plan: &Plan, division: Division, how: (Optimizer, Kernels), resume: bool) -> Learned {
    let device = Device::flex();
    let population = &plan.populations[0];
    let mut groups = Groups::new(population, division, &population.initial_parameters(), how, &device);
    let rates = [0.05, 0.04, 0.03, 0.02, 0.01];
    let mut losses = Vec::new();
    for step in 0..STEPS {
        if resume && step == STEPS / 2 {
            // From here on in another division, as after a move to a larger device.
            let (tensors, scalars) = groups.optimizer_state().expect("a state");
            let parameters = groups.parameters().expect("parameters");
            let whole = Division { members: 5, rows: 140 };
            groups = Groups::new(population, whole, &parameters, how, &device);
            groups.restore_optimizer(&tensors, &scalars).expect("the same state");
        }
        losses = groups.step(step, &rates);
    }
    let parts = losses.into_iter().flat_map(|losses| crate::backend::read(losses.parts).expect("losses")).collect();
    (groups.parameters().expect("parameters"), groups.optimizer_state().expect("a state").0, parts)
}

#[test]
fn groups_of_members_change_no_bit() {
    for (name, optimizer) in [("adamw", Optimizer::AdamW), ("sgd", Optimizer::Sgd), ("muon", Optimizer::Muon)] {
        let plan = plan(name);
        for kernels in Kernels::ALL {
            let how = (optimizer, kernels);
            let whole = learned(&plan, Division { members: 5, rows: 140 }, how, false);
            for (members, resume) in [(2, false), (1, false), (3, true)] {
                let grouped = learned(&plan, Division { members, rows: 140 }, how, resume);
                assert!(grouped == whole, "{name}, {kernels:?}, groups of {members}");
            }
        }
    }
}

#[test]
fn pieces_of_a_batch_add_up_to_it() {
    for kernels in Kernels::ALL {
        let plan = plan("sgd");
        let how = (Optimizer::Sgd, kernels);
        let (whole, _, losses) = learned(&plan, Division { members: 5, rows: 140 }, how, false);
        for rows in [139, 50, 17, 3] {
            let (pieced, _, parts) = learned(&plan, Division { members: 1, rows }, how, false);
            let apart = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(
                apart(&parts, &losses) < 2e-6,
                "{kernels:?}, {rows} rows: losses differ by {}",
                apart(&parts, &losses)
            );
            assert!(apart(&pieced, &whole) < 1e-5, "{kernels:?}, {rows} rows: {}", apart(&pieced, &whole));
        }
    }
}
