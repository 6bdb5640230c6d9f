//! Before anything is written: whether the device can hold the networks, and whether it computes what it should.

use super::{Plan, RunError};
use crate::backend::Opened;
use crate::backend::check::{Agreement, check};
use crate::progress::Progress;
use crate::record::run_json::CheckRecord;

/// Makes sure that a device can hold every network, and compares a GPU with the CPU on every population, unless the
/// configuration says not to; notes how precise it is.
///
/// # Errors
/// [`RunError::TooLarge`], [`RunError::Check`].
pub(super) fn checked(plan: &Plan, opened: &mut Opened, progress: &dyn Progress) -> Result<Vec<CheckRecord>, RunError> {
    for population in &plan.populations {
        let division = opened.limits.divide(&population.shape, population.members.len(), population.rows());
        division.map_err(|error| {
            let (population, backend) = (population.id.clone(), opened.name.clone());
            RunError::TooLarge { population, backend, error }
        })?;
    }
    let config = &plan.resolved.experiment.backend;
    let Some(engine) = opened.engine.as_mut().filter(|_| config.check) else { return Ok(Vec::new()) };
    progress.begin(&format!("check {}", opened.name), "population", plan.populations.len() as u64, 0);
    let agreements = plan.populations.iter().zip(1..).map(|(population, done)| {
        let agreement = check(&opened.device, opened.kernels, &population.subject(&opened.limits));
        progress.advance(done, &String::new);
        agreement
    });
    let agreements = agreements.collect::<Result<Vec<_>, _>>();
    progress.end();
    let fix =
        if config.fusion { "set backend.fusion = false, or take another backend" } else { "take another backend" };
    let agreements = agreements.map_err(|error| RunError::Check { backend: opened.name.clone(), error, fix })?;
    engine.matmul_precision = agreements.iter().map(|agreement| agreement.bits).min().map(Agreement::precision);
    Ok(agreements.into_iter().map(|agreement| agreement.record).collect())
}
