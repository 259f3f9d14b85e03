#include "dose/clock.h"

#include <math.h>

double tacro_clock_absolute(const struct tacro_clock *clock, double t)
{
    return 24.0 * clock->start_day + clock->start_clock + t;
}

int32_t tacro_clock_slot(const struct tacro_clock *clock, double t)
{
    const double since = tacro_clock_absolute(clock, t) - clock->trough_clock;
    return (int32_t)floor((since + TACRO_SAME_TIME) / clock->occasion);
}

double tacro_clock_slot_start(const struct tacro_clock *clock, int32_t slot)
{
    return slot * clock->occasion + clock->trough_clock -
           tacro_clock_absolute(clock, 0.0);
}

double tacro_clock_day_start(const struct tacro_clock *clock, int day)
{
    return 24.0 * day + clock->trough_clock - tacro_clock_absolute(clock, 0.0);
}

int tacro_clock_next_day(const struct tacro_clock *clock, double t)
{
    const double since = tacro_clock_absolute(clock, t) - clock->trough_clock;
    return (int)ceil((since - TACRO_SAME_TIME) / 24.0);
}
