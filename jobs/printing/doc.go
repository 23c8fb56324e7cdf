// Package printing prints the papers of cases, each once: what is issued is printed within seconds, kept with its hash
// in the history, and never printed anew. Package forms lays them out.
package printing
