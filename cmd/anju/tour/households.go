package tour

import (
	"context"

	"anju/workflow"
)

// fromHomesteadToBusiness is one household through all chains: every case takes over what the ones before have brought
// into the file.
func (t *walkthrough) fromHomesteadToBusiness(ctx context.Context) error {
	household, err := t.household(ctx, "homestead")
	if err != nil {
		return err
	}
	built := func(ctx context.Context, v workflow.View) error {
		if err := t.nextDay(ctx, 20); err != nil {
			return err
		}
		if _, err := t.walker.Write(ctx, v.Case.ID, workflow.PatrolKind); err != nil {
			return err
		}
		return t.nextDay(ctx, 40)
	}
	for _, leg := range []struct {
		chain workflow.ChainID
		hooks hooks
	}{{"homestead", hooks{workflow.VillageReview: t.letLapse, workflow.GroupNotice: t.signEarly}},
		{"construction_start.low_rise", hooks{workflow.Registered: built}},
		{"completion_acceptance.low_rise", nil}, {"business_use", nil}} {
		id, err := t.open(ctx, leg.chain, household)
		if err == nil {
			err = t.walk(ctx, id, "", leg.hooks)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unregisteredStart is a household that begins to build without registration: stopped, ordered, appraised; its start is
// registered late, and not before the violation is closed (R124, R125).
func (t *walkthrough) unregisteredStart(ctx context.Context) error {
	household, err := t.household(ctx, "construction_start.low_rise")
	if err != nil {
		return err
	}
	permit, err := t.open(ctx, "planning_permit", household)
	if err == nil {
		err = t.walk(ctx, permit, "", nil)
	}
	if err != nil {
		return err
	}
	violation, err := t.open(ctx, "violation", household)
	if err == nil {
		err = t.walk(ctx, violation, workflow.Ordered, nil)
	}
	if err != nil {
		return err
	}
	start, err := t.open(ctx, "construction_start.low_rise", household)
	if err != nil {
		return err
	}
	if err := t.tryHeldVerb(ctx, start, workflow.Submit); err != nil {
		return err
	}
	if err := t.walk(ctx, violation, "", nil); err != nil {
		return err
	}
	return t.walk(ctx, start, "", nil)
}

// refusedBusiness is a business in a house that was neither accepted nor appraised: stopped, reported, ordered to
// change its premises.
func (t *walkthrough) refusedBusiness(ctx context.Context) error {
	household, err := t.household(ctx, "hazard")
	if err != nil {
		return err
	}
	id, err := t.open(ctx, "business_use", household)
	if err == nil {
		err = t.walk(ctx, id, workflow.TownshipCheck, nil)
	}
	if err != nil {
		return err
	}
	v, err := t.printStage(ctx, id)
	if err == nil {
		err = t.nextDay(ctx, 1)
	}
	if err != nil {
		return err
	}
	check, _ := workflow.PremisesCheck{}.Example().(workflow.PremisesCheck)
	check.Qualified, check.Reason = false, "没有竣工验收资料，又未提供鉴定报告"
	if _, err := t.svc.Record(ctx, id, t.people[workflow.PlanningOffice], "",
		workflow.Recording{Kind: workflow.PremisesCheckKind, Data: workflow.Typed(check)}); err != nil {
		return err
	}
	if _, err := t.walker.Do(ctx, v.Case.ID, workflow.Stop); err != nil {
		return err
	}
	if err := t.printNewLines(ctx, id); err != nil {
		return err
	}
	return t.walk(ctx, id, "", hooks{workflow.Ordered: func(ctx context.Context,
		_ workflow.View) error {
		return t.nextDay(ctx, 10)
	}})
}
