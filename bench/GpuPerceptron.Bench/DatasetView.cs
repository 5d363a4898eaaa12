using GpuPerceptron.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GpuPerceptron.Bench;

/// <summary>A dataset as ML.NET sees data: the columns Label (Boolean) and Features (a vector), read in place.</summary>
internal sealed class DatasetView : IDataView
{
    public const string Label = "Label", Features = "Features";

    private readonly Dataset _dataset;

    /// <param name="dataset">The samples; they must outlive this.</param>
    public DatasetView(Dataset dataset)
    {
        _dataset = dataset;
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(Label, BooleanDataViewType.Instance);
        builder.AddColumn(Features, new VectorDataViewType(NumberDataViewType.Single, dataset.Features));
        Schema = builder.ToSchema();
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    /// <summary>Is told when the last row has been read.</summary>
    public Action? ReadToTheEnd { get; set; }

    public long? GetRowCount() => _dataset.Samples;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, [.. columnsNeeded.Select(column => column.Index)]);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(DatasetView view, HashSet<int> active) : DataViewRowCursor
    {
        private int _block;
        private int _row = -1;
        private long _position = -1;

        public override long Position => _position;

        public override long Batch => 0;

        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override bool MoveNext()
        {
            var blocks = view._dataset.Blocks;
            if (_block < blocks.Count && ++_row == blocks[_block].Rows)
                (_block, _row) = (_block + 1, 0);
            if (_block < blocks.Count)
            {
                _position++;
                return true;
            }

            _position = -1;
            view.ReadToTheEnd?.Invoke();
            return false;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Delegate getter = column.Name == Label ? (ValueGetter<bool>)CopyLabel : (ValueGetter<VBuffer<float>>)CopyFeatures;
            return (ValueGetter<TValue>)getter;
        }

        private void CopyLabel(ref bool value) => value = view._dataset.Blocks[_block].Labels[_row] > 0.5f;

        private void CopyFeatures(ref VBuffer<float> value)
        {
            var editor = VBufferEditor.Create(ref value, view._dataset.Features);
            view._dataset.Blocks[_block].Row(_row).CopyTo(editor.Values);
            value = editor.Commit();
        }
    }
}
