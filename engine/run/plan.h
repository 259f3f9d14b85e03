/**
 * A scenario made ready: doses, rules, equations, output times. Constant for every run.
 */
#ifndef TACRO_RUN_PLAN_H
#define TACRO_RUN_PLAN_H

#include "cohort/subject.h"
#include "dose/course.h"
#include "input/scenario.h"
#include "solve/block.h"

/** What `struct tacro_scenario` of tacro.h is. */
struct tacro_scenario {
    struct tacro_input *input;
    char *notes; /**< warnings and notices about the files, one a line; owned */
    size_t nwarnings;
    char **warning; /**< their texts; owned */
    struct tacro_clock clock;
    struct tacro_doses *doses; /**< [nregimens] */
    struct tacro_rules *rules;
    struct tacro_system *system;
    int coef[TACRO_MAX_RULES]; /**< coefficient of each rule, TACRO_NONE: none */
    size_t ntimes;
    double *time; /**< output times [h]: the grid, doses, troughs, landmark, horizon */
    size_t ndays;
    int *day;           /**< POD whose trough instant lies in [0, horizon] */
    size_t *day_output; /**< output index of that instant */
    double *daily_dose; /**< [nregimens][ndays] mg; NaN if the horizon cuts the day */
    bool *is_own;       /**< [nregimens][ntimes] grid, days, landmark, own doses: what
                            another regimen adds to the output times is left out */
    size_t landmark_output;
    size_t
        nrecords; /**< outputs at which all states are kept: days, landmark, horizon */
    int *record_of;              /**< [ntimes], TACRO_NONE: none */
    struct tacro_course *course; /**< [nregimens] */
};

/** Subjects of all draws. */
uint64_t tacro_scenario_subjects(const struct tacro_scenario *scenario);

/** Index of the output at t [h], which must be one. */
size_t tacro_scenario_output(const struct tacro_scenario *scenario, double t);

/** Target range at t; false: none. */
bool tacro_scenario_target(const struct tacro_scenario *scenario, double t, double *low,
                           double *high);

/** Time of a regimen's first dose [h]; INFINITY: none. */
double tacro_scenario_first_dose(const struct tacro_scenario *scenario, size_t regimen);

#endif
