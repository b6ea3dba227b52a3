// Package study reads a study file and resolves it into the trials it needs.
//
//  1. Parse turns the bytes into a tree whose nodes know their place in the
//     file (tree.go), applies --set overrides to it (override.go) and decodes
//     it, strictly and into typed values (decode.go), into a Study (study.go):
//     its data (data.go), network (network.go, layer.go), training (patch.go,
//     optimizer.go, penalty.go, training.go), arms (arm.go) and sweeps (sweep.go,
//     target.go, ladder.go), and the figures that it asks for (figures.go).
//     Whatever is wrong is found here, before anything runs, and shown with file,
//     line, column and a caret (fault.go).
//     A network that was trained elsewhere is handed in by Take (trained.go).
//  2. Study.Plan expands it: arms x sweeps x targets x amounts x seeds become
//     cells, whose trials are named by content, so that what cells have in
//     common is run once (expand.go); method.go names the series.
//  3. Study.YAML prints it complete, as it is run (print.go).
//
// The built-in studies are files of this package (builtin.go). Nothing here
// trains, reads data or writes files.
package study
