/** Rules of a regimen: what is measured, how doses follow, what switches the plan. */
#ifndef TACRO_INPUT_PROTOCOL_H
#define TACRO_INPUT_PROTOCOL_H

#include "input/steps.h"

#define TACRO_MAX_TRIGGERS 16
#define TACRO_MAX_RESULTS 16 /**< drawn and not yet known */

/**
 * Samples for drug monitoring. Nominal times are from, from + every, ... before until;
 * a sample is taken just before the first dose planned at or after its nominal time and
 * less than `every` later (at the nominal time if none is planned), plus `after_dose`.
 */
struct tacro_monitor {
    bool is_given;
    double after_dose;   /**< h; 0: `sample: trough` */
    double every;        /**< h */
    double from;         /**< h from start */
    double until;        /**< h from start; INFINITY */
    double result_after; /**< h from sample to result, >= 0 */
    double assay_cv;     /**< fraction; error of a measured level */
    double lloq;         /**< ng/mL; a level below it is no number */
};

enum tacro_rounding { TACRO_ROUND_NEAREST, TACRO_ROUND_DOWN, TACRO_ROUND_UP };

/**
 * How a dose follows a measured level: it becomes that of the later `give` steps of the
 * plan in use, until a taper or another route; intervals and holds stay
 * (params/scenario/README.md).
 */
struct tacro_adjust {
    bool is_given;
    size_t rule; /**< index for tacro_dose_rules: 0 proportional */
    double low;  /**< ng/mL; NaN: the scenario's target at the sample */
    double high;
    double max_change; /**< fraction of the dose in use; INFINITY: no limit */
    double round;      /**< mg */
    enum tacro_rounding rounding;
    double min_dose; /**< mg per dose */
    double max_dose; /**< mg per dose */
    size_t line;     /**< of its key */
    size_t column;
};

enum tacro_trigger_kind {
    TACRO_WHEN_EVENT,       /**< an outcome of a risk file happens */
    TACRO_WHEN_LEVEL_ABOVE, /**< a result above `level` */
    TACRO_WHEN_LEVEL_BELOW, /**< a result below `level` */
    TACRO_WHEN_DAY          /**< dosing day `day` (POD) begins */
};

/** What ends a switch and returns to the regimen's own steps and `adjust`. */
enum tacro_resume_kind {
    TACRO_RESUME_NEVER,
    TACRO_RESUME_LEVEL_ABOVE,
    TACRO_RESUME_LEVEL_BELOW,
    TACRO_RESUME_AFTER /**< h after the switch */
};

/**
 * One entry of `when`: from the switch on its steps replace those in use. Without steps
 * no dose is given until it resumes.
 */
struct tacro_trigger {
    enum tacro_trigger_kind kind;
    size_t outcome;          /**< index of the risk file, for TACRO_WHEN_EVENT */
    double level;            /**< ng/mL */
    int day;                 /**< POD */
    double recognised_after; /**< h from the event; 0 for the other kinds */
    struct tacro_sequence steps;
    struct tacro_adjust adjust; /**< is_given false: the switch ends `adjust` */
    enum tacro_resume_kind resume;
    double resume_value; /**< ng/mL or h */
    size_t line;
    size_t column;
};

/** All rules of a regimen, in the order of the file: an earlier trigger wins. */
struct tacro_protocol {
    struct tacro_monitor monitor;
    struct tacro_adjust adjust;
    size_t ntriggers;
    struct tacro_trigger *trigger; /**< owned */
};

/** Names of the rules for `adjust` in the order of tacro_adjust.rule, then NULL. */
extern const char *const tacro_dose_rule_names[];

struct tacro_paramset;

/** What a protocol may refer to. */
struct tacro_protocol_frame {
    double horizon;                  /**< h from start; NaN if not known */
    double start_day;                /**< POD of the start */
    size_t noutcomes;                /**< risk files */
    const char *const *outcome;      /**< their outcomes: pres, rejection */
    bool has_all_outcomes;           /**< every risk file was read */
    bool has_target;                 /**< the scenario states targets */
    bool has_weight;                 /**< the patients have a weight */
    const struct tacro_paramset *pk; /**< for formulations; NULL if not read */
};

/**
 * Read `monitor`, `adjust` and `when` of a regimen.
 *
 * Sampling keys stand in `monitor`, or in `adjust` where there is no `monitor`.
 * node    the regimen's map; none of the keys: an empty protocol
 * out     freed with tacro_protocol_free; empty after a fault
 * Returns false after a fault, which has been noted.
 */
bool tacro_protocol_read(struct tacro_reader *reader, const struct tacro_node *node,
                         const struct tacro_protocol_frame *frame,
                         struct tacro_protocol *out);
void tacro_protocol_free(struct tacro_protocol *protocol);

/** True if doses may change on the way: by `adjust`, or by a rule of `when`. */
bool tacro_protocol_reacts(const struct tacro_protocol *protocol);

#endif
