"""What an analyst may believe: statistics over arrays and counts, one question a file. Pure, like all of the core.

`report` puts them together: `lift_report(visits)` is what `fifthclick lift`, the views' tests and the written reports use.

* `visits`      the columns that everything here takes; which rows count, and which are counted and left out
* `periods`     when did the share of treated visits change, and which periods can say anything
* `allocation`  who was meant to be treated when, and which visits may be compared with which
* `arms`        what either arm's visits did on average, by period and with the score held equal
* `contrast`    treatment less held back, and one over the other, with intervals
* `sequential`  how much wider an interval must be that may be looked at every day
* `tails`       what a few very large orders may do to a mean
* `balance`     is this the experiment that was meant: sample ratio, scores, visits in two arms
* `power`       how many days to an answer; what could be seen by now
* `uplift`      whom it moves: by tenth of the score, and what choosing by the score is worth
* `wasted`      what discounts went to visits that would have bought anyway
* `guards`      does an action do harm: what switches it off by itself
* `selftest`    does any of this claim what is not there, on a shop's own visits that were shown nothing

Shares are 0..1, money is in minor units, N is the number of visits, K that of periods.
"""
