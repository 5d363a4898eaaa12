using System.Diagnostics;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>A table that tells how far its reading is.</summary>
/// <param name="table">The table.</param>
/// <param name="report">Is told, some times a second.</param>
/// <param name="pause">Between two reports, and before the first: what is read sooner needs none.</param>
internal sealed class MeteredTable(ITable table, Action<ReadProgress> report, TimeSpan pause) : ITable
{
    public TableSource Source => table.Source;

    public IReadOnlyList<string> Files => table.Files;

    public IReadOnlyList<string> FilesRead => table.FilesRead;

    public long BytesBeyond => table.BytesBeyond;

    public IReadOnlyList<TableColumn> Columns => table.Columns;

    public bool LacksNames => table.LacksNames;

    public long? CountRows() => table.CountRows();

    public long? RowsBeforehand() => table.RowsBeforehand();

    public bool IsEmpty() => table.IsEmpty();

    public Dictionary<string, CategoryLevels> CountLevels(IReadOnlyList<ColumnRequest> features, int maxLevels) =>
        table.CountLevels(features, maxLevels);

    public IChunks Read(IReadOnlyList<ColumnRequest> columns)
    {
        long? rows = table.RowsBeforehand(); // a question in the midst of the reading would end it
        return new Chunks(table, table.Read(columns), report, pause, rows);
    }

    public void ThrowIfDamaged() => table.ThrowIfDamaged();

    public void Dispose() => table.Dispose();

    private sealed class Chunks(ITable table, IChunks chunks, Action<ReadProgress> report, TimeSpan pause, double? rowsBeforehand) : IChunks
    {
        private long _last = Stopwatch.GetTimestamp();
        private double? _rows = rowsBeforehand;
        private long? _bytes;

        public int Rows => chunks.Rows;

        public long FirstRow => chunks.FirstRow;

        public bool Next()
        {
            bool more = chunks.Next();
            if (!more || Stopwatch.GetElapsedTime(_last) < pause) return more;
            _last = Stopwatch.GetTimestamp();
            long bytes = _bytes ??= SourceFile.BytesOf(table.FilesRead);
            double rows = _rows ??= table.FilesRead.Count > 0 ? TextSize.LinesOf(table.FilesRead) : 0;
            double? part = rows > 0 ? Math.Min(1, (FirstRow + Rows) / rows) : null;
            report(new ReadProgress(part, FirstRow + Rows, bytes > 0 && part is { } done ? (long)(done * bytes) : null, bytes));
            return true;
        }

        public Cells Column(int column) => chunks.Column(column);

        public void Dispose() => chunks.Dispose();
    }
}
