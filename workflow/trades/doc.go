// Package trades holds who designs, builds, supervises and appraises houses in the county, and what the county buys of
// their work for its villagers.
package trades
