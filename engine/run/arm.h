/**
 * One regimen made ready: its equations, its records, and the course if all share it.
 */
#ifndef TACRO_RUN_ARM_H
#define TACRO_RUN_ARM_H

#include "dose/agenda.h"
#include "dose/regimen.h"
#include "dose/replay.h"
#include "run/arm_covariates.h"
#include "run/rule_text.h"
#include "solve/system.h"

/**
 * Equations with what some regimens dose: formulations, infusions. A regimen without
 * them is computed without them, so that adding another changes none of its bits. A
 * regimen that sets covariates has a variant for itself.
 */
struct tacro_variant {
    size_t model; /**< whose equations they are */
    unsigned
        formulations; /**< bit f: formulation f of the PK file has its absorption */
    unsigned infused; /**< bit p: doses run in through port p */
    struct tacro_system *system;
    int coef[TACRO_MAX_RULES]; /**< coefficient of each rule, TACRO_NONE: none */
    struct tacro_arm_covariates covariates; /**< of its regimen */
    struct tacro_input *input;              /**< owned, with them; NULL: the model's */
    struct tacro_rules *rules;              /**< owned with `input`, else the model's */
};

/** What tables give to one patient: events, and times at which his covariates step. */
struct tacro_own {
    size_t nrecords;
    struct tacro_record *record;
    size_t ncuts;
    double *cut; /**< ascending */
};

struct tacro_arm {
    const struct tacro_regimen *regimen;
    size_t model; /**< PK model under which it is followed */
    size_t variant;
    const struct tacro_system *system; /**< of the variant */
    unsigned ports;                    /**< bit p: doses enter through port p */
    struct tacro_rule_text text;       /**< rules in words */
    struct tacro_doses doses; /**< as planned, before anything of a patient's own */
    size_t nown;
    struct tacro_own *own; /**< [nown] by patient modulo nown; NULL: no table */
    bool has_events;       /**< a table's events in place of steps */
    size_t ncuts;
    double *cut;
    struct tacro_agenda_setup agenda;
    bool is_shared;               /**< every patient follows `course` */
    struct tacro_course course;   /**< empty where each patient has his own */
    bool reacts[TACRO_MAX_RISKS]; /**< a rule waits for the outcome */
};

struct tacro_scenario;

/**
 * Find out what a regimen doses, and its plan, under its PK model.
 *
 * regimen  index
 * notes   receives warnings about the doses
 * errors  TACRO_ENOMEM, TACRO_EINPUT
 */
enum tacro_status tacro_arm_plan(struct tacro_scenario *scenario, size_t regimen,
                                 struct tacro_notes *notes, struct tacro_arm *arm,
                                 struct tacro_error *err) TACRO_MUST_USE;

/**
 * Cut and follow the course; the scenario's output times and records are there.
 *
 * by_slot  coefficients change at slot starts
 */
enum tacro_status tacro_arm_follow(const struct tacro_scenario *scenario, bool by_slot,
                                   struct tacro_arm *arm,
                                   struct tacro_error *err) TACRO_MUST_USE;
void tacro_arm_free(struct tacro_arm *arm);

/** Let an agenda make the course of a patient under the arm, with what is his own. */
void tacro_arm_assign(const struct tacro_arm *arm, uint64_t patient,
                      struct tacro_agenda *agenda);

/** The same for what a ledger of the patient under the arm holds, without rules. */
void tacro_arm_assign_replay(const struct tacro_arm *arm,
                             const struct tacro_replay *replay,
                             struct tacro_agenda *agenda);

#endif
