//! Points in time as text, always UTC: RFC 3339 in files, and a form without separators for folder names.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SECONDS_A_DAY: u64 = 86_400;

/// `2026-03-01T14:05:09Z`, to the second; times before 1970 are given as its start.
pub fn utc_rfc3339(time: SystemTime) -> String {
    let Civil { year, month, day, hour, minute, second } = civil(time);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `20260301t140509`, for the names of run directories: sorts by time, and no shell or file system minds it.
pub fn utc_compact(time: SystemTime) -> String {
    let Civil { year, month, day, hour, minute, second } = civil(time);
    format!("{year:04}{month:02}{day:02}t{hour:02}{minute:02}{second:02}")
}

struct Civil {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
}

/// Gregorian date and time of day. Years are counted from March, so that the leap day is a year's last and months have
/// a regular pattern of lengths: 153 days in every five.
fn civil(time: SystemTime) -> Civil {
    const DAYS_FROM_MARCH_OF_YEAR_0_TO_1970: u64 = 719_468;
    const DAYS_IN_400_YEARS: u64 = 146_097;
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    let days = seconds / SECONDS_A_DAY + DAYS_FROM_MARCH_OF_YEAR_0_TO_1970;
    let (era, day_of_era) = (days / DAYS_IN_400_YEARS, days % DAYS_IN_400_YEARS);
    // Leap days so far: one each 1460 days, none each 36524, one again on the era's last day.
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let second_of_day = seconds % SECONDS_A_DAY;
    Civil {
        year: 400 * era + year_of_era + u64::from(month <= 2),
        month,
        day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
        hour: second_of_day / 3_600,
        minute: second_of_day / 60 % 60,
        second: second_of_day % 60,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn known_instants() {
        assert_eq!(utc_rfc3339(at(0)), "1970-01-01T00:00:00Z");
        assert_eq!(utc_rfc3339(at(951_827_696)), "2000-02-29T12:34:56Z");
        assert_eq!(utc_rfc3339(at(1_234_567_890)), "2009-02-13T23:31:30Z");
        assert_eq!(utc_rfc3339(at(4_102_444_799)), "2099-12-31T23:59:59Z");
        assert_eq!(utc_rfc3339(at(4_107_542_400)), "2100-03-01T00:00:00Z");
        assert_eq!(utc_compact(at(1_234_567_890)), "20090213t233130");
    }

    /// Every day of four centuries follows the one before it by the calendar's own rule.
    #[test]
    fn days_follow_one_another() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..146_097 {
            let expected = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
            assert_eq!(utc_rfc3339(at(days * SECONDS_A_DAY)), expected);
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 => 28 + i32::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }
}
