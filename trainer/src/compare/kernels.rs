//! Where a GPU's time goes: some steps with every kernel timed by itself. That slows them down, so they are no part of the
//! steps whose speed is measured.

use serde::{Deserialize, Serialize};

use crate::run::RunError;

/// Time spent in the kernels of one population's training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KernelTimes {
    /// The population's id.
    pub population: String,
    /// Kernels that were timed.
    pub kernels: u64,
    /// Seconds of all kernels.
    pub seconds: f64,
    /// Seconds of those among them that multiply matrices, what was fused with the products included.
    pub matmul_seconds: f64,
}

impl KernelTimes {
    /// The share of matrix products, where anything was timed.
    pub fn matmul_share(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.matmul_seconds / self.seconds)
    }
}

/// Why kernels cannot be timed.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    /// The backend cannot be had.
    #[error(transparent)]
    Run(#[from] RunError),
    /// It does not tell.
    #[error("{0}")]
    Untold(String),
}

/// Trains every population for some steps on the experiment's backend, and times its kernels. To be asked in a process of
/// its own: the engine reports the kernels of the whole process.
///
/// # Errors
/// [`KernelError`] if the backend cannot be had, or does not time its kernels.
#[cfg(not(feature = "gpu"))]
pub fn kernel_times(_plan: &crate::run::Plan) -> Result<Vec<KernelTimes>, KernelError> {
    Err(KernelError::Untold("this binary has no GPU backends, and others do not tell their kernels apart".to_owned()))
}

#[cfg(feature = "gpu")]
pub use self::gpu::kernel_times;

#[cfg(feature = "gpu")]
mod gpu {
    use std::sync::{Arc, Mutex, PoisonError};

    use burn::cubecl::logging::{Duration, LaunchObservation, LaunchObserver, TimingMethod, TimingRequest};
    use rote_models::Losses;

    use super::{KernelError, KernelTimes};
    use crate::backend::{self, Opened, guarded_on, read};
    use crate::config::TrainConfig;
    use crate::run::{Plan, RunError};
    use crate::train::{Groups, Population};

    /// Steps before, in which kernels are compiled.
    const WARM_UP: u64 = 5;
    /// Steps that are timed.
    const TIMED: u64 = 10;
    /// What the names of kernels that multiply matrices contain, in small letters.
    const MATMUL: [&str; 4] = ["matmul", "gemm", "gemv", "vecmat"];

    /// Trains every population for some steps on the experiment's backend, and times its kernels. To be asked in a process
    /// of its own: the engine reports the kernels of the whole process.
    ///
    /// # Errors
    /// [`KernelError`] if the backend cannot be had, or does not time its kernels.
    pub fn kernel_times(plan: &Plan) -> Result<Vec<KernelTimes>, KernelError> {
        let experiment = &plan.resolved.experiment;
        if experiment.backend.kind.is_cpu() {
            return Err(KernelError::Untold("CPU backends do not tell their kernels apart".to_owned()));
        }
        let opened = backend::open(&experiment.backend).map_err(RunError::from)?;
        plan.populations.iter().map(|population| of_population(population, &experiment.train, &opened)).collect()
    }

    fn of_population(
        population: &Population,
        recipe: &TrainConfig,
        opened: &Opened,
    ) -> Result<KernelTimes, KernelError> {
        let untold = |error: &dyn std::fmt::Display| KernelError::Untold(error.to_string());
        let division = opened.limits.divide(&population.shape, population.members.len(), population.rows());
        let division = division.map_err(|error| untold(&error))?;
        let (start, how) = (population.initial_parameters(), (recipe.optimizer, opened.kernels));
        let mut networks =
            guarded_on(&opened.device, || Groups::new(population, division, &start, how, &opened.device))
                .map_err(|failure| untold(&failure))?;
        let rates: Vec<f64> = population.members.iter().map(|member| member.learning_rate).collect();
        let mut train = |steps: std::ops::Range<u64>| {
            let losses = guarded_on(&opened.device, || {
                steps.map(|step| networks.step(step, &rates)).last().into_iter().flatten().collect()
            });
            let losses: Vec<Losses> = losses.map_err(|failure| untold(&failure))?;
            // Reading is what waits for the device.
            losses
                .into_iter()
                .try_for_each(|losses| read(losses.training).map(drop))
                .map_err(|failure| untold(&failure))
        };
        train(0..WARM_UP)?;
        let spent = Arc::new(Spent::default());
        let observation = LaunchObservation::new(Arc::clone(&spent) as Arc<dyn LaunchObserver>);
        let trained = train(WARM_UP..WARM_UP + TIMED);
        drop(observation);
        trained?;
        let spent = spent.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if spent.by_host {
            return Err(untold(&"the device does not time its kernels"));
        }
        let Totals { kernels, seconds, matmul_seconds, .. } = spent;
        Ok(KernelTimes { population: population.id.clone(), kernels, seconds, matmul_seconds })
    }

    /// What kernels took so far.
    #[derive(Default)]
    struct Spent(Mutex<Totals>);

    #[derive(Clone, Default)]
    struct Totals {
        kernels: u64,
        seconds: f64,
        matmul_seconds: f64,
        /// Whether a time is the host's, which holds much else.
        by_host: bool,
    }

    impl LaunchObserver for Spent {
        fn launched(&self, _kernel: &'static str) {}

        /// One kernel at a time: it is the cost of each that is asked for.
        fn timing(&self) -> TimingRequest {
            TimingRequest::Resolved
        }

        fn timed(&self, kernel: &'static str, duration: Duration, method: TimingMethod) {
            let mut totals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let (name, seconds) = (kernel.to_lowercase(), duration.as_secs_f64());
            totals.kernels += 1;
            totals.seconds += seconds;
            totals.by_host |= method == TimingMethod::System;
            if MATMUL.iter().any(|word| name.contains(word)) {
                totals.matmul_seconds += seconds;
            }
        }
    }
}
